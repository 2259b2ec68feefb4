// From the vertices that are needed to a list of triangles and the arguments of its draw.
// requires: adaptive_lattice
@group(0) @binding(2) var<storage, read> bits: array<u32>;
@group(0) @binding(3) var<storage, read_write> indices: array<u32>;
@group(0) @binding(4) var<storage, read_write> counts_out: array<atomic<u32>>; // draw of the list, draw of the full grid
@group(0) @binding(5) var<storage, read_write> gathered: array<atomic<u32>>;  // count, then vertices
@group(0) @binding(6) var<storage, read> gathered_in: array<u32>;
@group(0) @binding(7) var<storage, read_write> work: array<atomic<u32>>;

const WORK_WIDTH = 64u;

var<private> point_bits: u32 = 0u;  // of a vertex's number, for the points of a torn cell

fn needed(p: vec2i) -> bool {
    return ((bits[u32(p.y) * u.words + u32(p.x) / 32u] >> (u32(p.x) % 32u)) & 1u) != 0u;
}

// Vertices are numbered block by block, so that those of a neighbourhood are near each other.
fn number(p: vec2i) -> u32 {
    let v = vec2u(min(p, u.cells));
    let block = (v.y >> 4u) * u.blocks.x + (v.x >> 4u);
    return ((block << 8u) | ((v.y & 15u) << 4u) | (v.x & 15u)) << point_bits;
}

fn empty(a: vec2i, b: vec2i, c: vec2i) -> bool {
    let q = min(a, u.cells);
    let r = min(b, u.cells);
    let s = min(c, u.cells);
    return (q.x == r.x && q.x == s.x) || (q.y == r.y && q.y == s.y);
}

fn add(a: vec2i, b: vec2i, c: vec2i) {
    if empty(a, b, c) {
        return;
    }
    let slot = atomicAdd(&counts_out[0], 3u);
    if slot + 3u > u.capacity {
        return;
    }
    let ab = b - a;
    let ac = c - a;
    // Counter-clockwise seen from +Z: clockwise where y runs down.
    let turned = ab.x * ac.y - ab.y * ac.x > 0;
    indices[slot] = number(a);
    indices[slot + 1u] = number(select(b, c, turned));
    indices[slot + 2u] = number(select(c, b, turned));
}

// The triangles whose right angle is at vertex `p`, as far as they are not split further.
fn add_at(p: vec2i) {
    let level = levels_of(p);
    let h = 1i << min(level.x, level.y);
    if level.x == level.y {
        var before = vec2i(-h, -h);
        for (var k = 0; k < 4; k++) {
            let after = vec2i(-before.y, before.x);
            if !needed(p + (before + after) / 2) {
                add(p + before, p + after, p);
            }
            before = after;
        }
        return;
    }
    let a = half_edge(p, level);
    let b = vec2i(a.y, a.x);
    for (var k = 0; k < 4; k++) {
        let end = select(-a, a, (k & 1) == 0);
        let centre = select(-b, b, (k & 2) == 0);
        let c = p + centre;
        if any(c < vec2i(0)) || any(c > vec2i(u.tiles) * 128) {
            continue;
        }
        if h == 1 || !needed(p + (end + centre) / 2) {
            add(p + end, c, p);
        }
    }
}

fn add_root(tile: vec2i) {
    let p = tile * 128 + 64;
    let k = half_edge(p, vec2u(LEVELS - 1u));
    let across = vec2i(-k.y, k.x);
    add(p - k, p + k, p + across);
    add(p - k, p + k, p - across);
}

// The needed vertices as a list, so that what follows has no idle threads. Neighbouring words of a
// column come one after another: the list, and with it the triangles, go by strips of 32 columns.
@compute @workgroup_size(64) fn gather(@builtin(global_invocation_id) id: vec3u) {
    let word = id.y;
    let y = id.x;
    if y >= u.rows || word >= u.words {
        return;
    }
    var left = bits[y * u.words + word];
    let count = countOneBits(left);
    if count == 0u {
        return;
    }
    var slot = atomicAdd(&gathered[0], count) + 1u;
    atomicMax(&work[5], (slot + count - 2u) / (WORK_WIDTH * 64u) + 1u);
    while left != 0u && slot < u.capacity / 3u {
        gathered_out(slot, y, word * 32u + firstTrailingBit(left));
        left &= left - 1u;
        slot += 1u;
    }
}

fn gathered_out(slot: u32, y: u32, x: u32) {
    atomicStore(&gathered[slot], (y << 16u) | x);
}

@compute @workgroup_size(64) fn emit(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
    let slot = (group.y * WORK_WIDTH + group.x) * 64u + index;
    if slot >= gathered_in[0] || slot + 1u >= u.capacity / 3u {
        return;
    }
    let vertex = gathered_in[slot + 1u];
    add_at(vec2i(vec2u(vertex & 0xffffu, vertex >> 16u)));
}

// Tiles that are not split at all.
@compute @workgroup_size(64) fn emit_roots(@builtin(global_invocation_id) id: vec3u) {
    let tile = vec2u(id.x % u.tiles.x, id.x / u.tiles.x);
    if tile.y < u.tiles.y && !needed(vec2i(tile) * 128 + 64) {
        add_root(vec2i(tile));
    }
}

// The draws' arguments: the list, or, where it would be longer than is worth it, the full grid.
@compute @workgroup_size(1) fn finish() {
    let found = atomicLoad(&counts_out[0]);
    let full = found > u.capacity || gathered_in[0] + 1u >= u.capacity / 3u;
    atomicStore(&counts_out[0], select(found, 0u, full));
    atomicStore(&counts_out[1], 1u);
    atomicStore(&counts_out[5], u.tile_indices);
    atomicStore(&counts_out[6], select(0u, u.full_tiles, full));
    atomicStore(&counts_out[10], select(found / 3u, 2u * u32(u.cells.x) * u32(u.cells.y), full));
    atomicStore(&counts_out[11], u32(full));
}
