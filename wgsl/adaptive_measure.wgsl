// Which vertices of the adaptive mesh are needed for themselves. Blocks of 16 x 16 cells are
// measured once for each map; for each camera, blocks that are flat enough are passed over.
// requires: adaptive_lattice
@group(0) @binding(2) var<storage, read_write> blocks: array<vec4f>;   // quarters: span of the rest, span of heights
@group(0) @binding(3) var<storage, read_write> bits: array<atomic<u32>>;
@group(0) @binding(4) var<storage, read_write> chosen: array<atomic<u32>>; // count of blocks, then the blocks
@group(0) @binding(5) var<storage, read_write> work: array<atomic<u32>>;   // two indirect dispatches
@group(0) @binding(6) var<storage, read_write> counts_out: array<atomic<u32>>;
@group(0) @binding(7) var<storage, read> chosen_in: array<u32>;
@group(0) @binding(8) var<storage, read_write> gathered: array<atomic<u32>>;

const THREADS = 64u;
const WORK_WIDTH = 64u;
const QUARTERS = 4u;
const CHOSEN_AT_ONCE = 4u;  // blocks of a workgroup, 16 rows each

// The error on screen of leaving a vertex out, far from the border.
fn own_error(p: vec2i) -> f32 {
    let k = half_edge(p, levels_of(p));
    return error_on_screen(flat_clip(place(p)), height(p), 0.5 * (height(p - k) + height(p + k)));
}

// The same anywhere.
fn own_error_at_border(p: vec2i) -> f32 {
    let level = levels_of(p);
    let k = half_edge(p, level);
    let a = height(p - k);
    let b = height(p + k);
    let wrong = on_edge(share(p, k), k, a, b, height(p + vec2i(k.x, -k.y)), height(p + vec2i(-k.x, k.y)));
    let error = error_on_screen(flat_clip(place(p)), height(p), wrong);
    return select(0.0, error, min(level.x, level.y) < LEVELS && counts(p, level));
}

// Blocks that `activate_border` looks at, whatever they hold.
fn near_border(block: vec2i) -> bool {
    return any(block == vec2i(0)) || any(block + vec2i(u.last_blocks) >= vec2i(u.blocks));
}

// How far a block is from flat, independent of any camera: heights less a plane through three of
// its corners. No vertex inside can be off its edge by more than their span. A quarter of a block
// (rows) to each thread, so that threads need not wait for each other.
@compute @workgroup_size(64) fn measure(@builtin(global_invocation_id) id: vec3u) {
    let index = id.y * (WORK_WIDTH * THREADS) + id.x;
    let block = index / QUARTERS;
    if block >= u.blocks.x * u.blocks.y {
        return;
    }
    let first = vec2i(vec2u(block % u.blocks.x, block / u.blocks.x)) * BLOCK;
    let corner = height(first);
    let span = max(place(first + BLOCK) - place(first), vec2f(0.5));
    let slope = (vec2f(height(first + vec2i(BLOCK, 0)), height(first + vec2i(0, BLOCK))) - corner) / span;
    let start = place(first);
    let quarter = i32(index % QUARTERS);
    let last = select(quarter * 4 + 4, SIDE, quarter == 3);
    var bounds = vec2f(1e38, -1e38);
    var heights_found = vec2f(1e38, -1e38);
    for (var y = quarter * 4; y < last; y++) {
        for (var x = 0; x < SIDE; x++) {
            let p = first + vec2i(x, y);
            let h = height(p);
            let rest = h - dot(slope, place(p) - start);
            bounds = vec2f(min(bounds.x, rest), max(bounds.y, rest));
            heights_found = vec2f(min(heights_found.x, h), max(heights_found.y, h));
        }
    }
    blocks[index] = vec4f(bounds, heights_found);
}

// Nothing is left from the last frame.
@compute @workgroup_size(64) fn begin(@builtin(global_invocation_id) id: vec3u) {
    let index = id.y * (WORK_WIDTH * THREADS) + id.x;
    if index < u.words * u.rows {
        atomicStore(&bits[index], 0u);
    }
    if index < 16u {
        atomicStore(&counts_out[index], 0u);
    }
    if index == 0u {
        atomicStore(&chosen[0], 0u);
        atomicStore(&gathered[0], 0u);
        for (var k = 0u; k < 2u; k++) {
            atomicStore(&work[4u * k], WORK_WIDTH);
            atomicStore(&work[4u * k + 1u], 0u);
            atomicStore(&work[4u * k + 2u], 1u);
        }
    }
}

// Bounds of the error over a block, from its corners: what they are made of is linear over it.
@compute @workgroup_size(64) fn choose(@builtin(global_invocation_id) id: vec3u) {
    let index = id.y * (WORK_WIDTH * THREADS) + id.x;
    if index >= u.blocks.x * u.blocks.y {
        return;
    }
    var block = blocks[index * QUARTERS];
    for (var k = 1u; k < QUARTERS; k++) {
        let part = blocks[index * QUARTERS + k];
        block = select(max(block, part), min(block, part), vec4<bool>(true, false, true, false));
    }
    let off = block.y - block.x;
    // Rounding alone makes nothing uneven.
    if off <= 4e-7 * block.w {
        return;
    }
    let place_of_block = vec2i(vec2u(index % u.blocks.x, index / u.blocks.x));
    if near_border(place_of_block) {
        return;
    }
    let first = place_of_block * BLOCK;
    var w = 1e38;
    var shift = 0.0;
    var plane = 0.0;
    for (var k = 0; k < 4; k++) {
        let flat = flat_clip(place(first + BLOCK * vec2i(k & 1, k >> 1u)));
        w = min(w, flat.z + min(block.z * u.origin.w, block.w * u.origin.w));
        shift = max(shift, pixels_per_height(flat));
        plane = max(plane, abs(flat.z));
    }
    if w > u.near {
        let depth = select(plane / (block.z * w), abs(u.origin.w) / w, u.along_normal == 1u);
        let scale = max(shift / (w * w), u.depth_weight * depth);
        if off * scale <= u.tolerance {
            return;
        }
    }
    let slot = atomicAdd(&chosen[0], 1u);
    atomicStore(&chosen[slot + 1u], index);
    atomicMax(&work[1], slot / (WORK_WIDTH * CHOSEN_AT_ONCE) + 1u);
}

// One bit for each vertex of a chosen block whose own error is above the tolerance; a row of it to
// each thread. Corners of blocks are `coarse`'s.
@compute @workgroup_size(64) fn activate(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
    let slot = (group.y * WORK_WIDTH + group.x) * CHOSEN_AT_ONCE + index / 16u;
    if slot >= chosen_in[0] {
        return;
    }
    let block = chosen_in[slot + 1u];
    let first = vec2i(vec2u(block % u.blocks.x, block / u.blocks.x)) * BLOCK + vec2i(0, i32(index % 16u));
    var found = 0u;
    for (var x = select(1, 0, index % 16u != 0u); x < BLOCK; x++) {
        if own_error(first + vec2i(x, 0)) > u.tolerance {
            found |= 1u << u32(x);
        }
    }
    keep(vec2u(first), found);
}

fn keep(p: vec2u, found: u32) {
    if found != 0u {
        atomicOr(&bits[p.y * u.words + p.x / 32u], found << (p.x % 32u));
    }
}

// The same for the blocks along the border: the upper and lower rows of them, then the columns.
@compute @workgroup_size(64) fn activate_border(@builtin(global_invocation_id) id: vec3u) {
    let ring = border_block(id.x / 16u);
    if any(ring < vec2i(0)) || any(ring >= vec2i(u.blocks)) {
        return;
    }
    let first = ring * BLOCK + vec2i(0, i32(id.x % 16u));
    var found = 0u;
    for (var x = 0; x < BLOCK; x++) {
        let p = first + vec2i(x, 0);
        if own_error_at_border(p) > tolerance_at(p) {
            found |= 1u << u32(x);
        }
    }
    keep(vec2u(first), found);
}

// The first row of blocks and the last one or two, then the columns.
fn border_block(index: u32) -> vec2i {
    let rows = (1u + u.last_blocks.y) * u.blocks.x;
    if index < rows {
        let y = index / u.blocks.x;
        return vec2i(vec2u(index % u.blocks.x, select(u.blocks.y - y, 0u, y == 0u)));
    }
    let rest = index - rows;
    let columns = 1u + u.last_blocks.x;
    let x = rest % columns;
    return vec2i(vec2u(select(u.blocks.x - x, 0u, x == 0u), rest / columns));
}

// The coarse vertices, 16 cells apart and more.
@compute @workgroup_size(8, 8) fn coarse(@builtin(global_invocation_id) id: vec3u) {
    let p = vec2i(id.xy) * BLOCK;
    if any(p > vec2i(u.tiles) * 128) {
        return;
    }
    if own_error_at_border(p) > tolerance_at(p) {
        keep(vec2u(p), 1u);
    }
}
