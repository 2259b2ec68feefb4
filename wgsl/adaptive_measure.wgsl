// Which vertices of the adaptive mesh are needed for themselves. Blocks of 16 x 16 cells are
// measured once for each map; for each camera, blocks that are flat enough are passed over.
// requires: adaptive_lattice
@group(0) @binding(2) var<storage, read_write> blocks: array<vec4f>;   // quarters: span of the rest, span of heights
@group(0) @binding(3) var<storage, read_write> bits: array<atomic<u32>>;
@group(0) @binding(4) var<storage, read_write> chosen: array<atomic<u32>>; // count of blocks, then the blocks
@group(0) @binding(5) var<storage, read_write> work: array<atomic<u32>>;   // indirect dispatch
@group(0) @binding(6) var<storage, read_write> counts_out: array<atomic<u32>>;
@group(0) @binding(7) var<storage, read> chosen_in: array<u32>;

const THREADS = 64u;
const WORK_WIDTH = 64u;
const QUARTERS = 4u;
const CHOSEN_AT_ONCE = 4u;  // blocks of a workgroup, 16 rows each

// The error on screen of leaving a vertex out. `folded` where the border may be near.
fn own_error(p: vec2i, folded: bool) -> f32 {
    let level = levels_of(p);
    if min(level.x, level.y) >= LEVELS || (folded && !counts(p, level)) {
        return 0.0;
    }
    let k = half_edge(p, level);
    let right = height(p);
    let a = height(p - k);
    let b = height(p + k);
    var wrong = 0.5 * (a + b);
    if folded {
        var c = a;
        var d = b;
        if k.x != 0 && k.y != 0 {
            c = height(p + vec2i(k.x, -k.y));
            d = height(p + vec2i(-k.x, k.y));
        }
        wrong = on_edge(share(p, k), k, a, b, c, d);
    }
    return error_on_screen(flat_clip(place(p)), right, wrong);
}

fn near_border(first: vec2i) -> bool {
    return any(first < vec2i(BLOCK)) || any(first + 2 * BLOCK > u.cells);
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
        atomicStore(&work[0], WORK_WIDTH);
        atomicStore(&work[1], 0u);
        atomicStore(&work[2], 1u);
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
    let first = vec2i(vec2u(index % u.blocks.x, index / u.blocks.x)) * BLOCK;
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
        if off * scale <= u.tolerance * select(1.0, u.border, near_border(first)) {
            return;
        }
    }
    let slot = atomicAdd(&chosen[0], 1u);
    atomicStore(&chosen[slot + 1u], index);
    atomicMax(&work[1], slot / (WORK_WIDTH * CHOSEN_AT_ONCE) + 1u);
}

// One bit for each vertex of a chosen block whose own error is above the tolerance; a row of it to
// each thread.
@compute @workgroup_size(64) fn activate(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
    let slot = (group.y * WORK_WIDTH + group.x) * CHOSEN_AT_ONCE + index / 16u;
    if slot >= chosen_in[0] {
        return;
    }
    let block = chosen_in[slot + 1u];
    let first = vec2i(vec2u(block % u.blocks.x, block / u.blocks.x)) * BLOCK + vec2i(0, i32(index % 16u));
    let folded = near_border(first);
    var found = 0u;
    for (var x = 0; x < BLOCK; x++) {
        let p = first + vec2i(x, 0);
        if own_error(p, folded) > select(u.tolerance, tolerance_at(p), folded) {
            found |= 1u << u32(x);
        }
    }
    if found != 0u {
        let p = vec2u(first);
        atomicOr(&bits[p.y * u.words + p.x / 32u], found << (p.x % 32u));
    }
}

// The coarse vertices, 16 cells apart and more.
@compute @workgroup_size(8, 8) fn coarse(@builtin(global_invocation_id) id: vec3u) {
    let p = vec2i(id.xy) * BLOCK;
    if any(p > vec2i(u.tiles) * 128) {
        return;
    }
    if own_error(p, true) > tolerance_at(p) {
        atomicOr(&bits[id.y * 16u * u.words + u32(p.x) / 32u], 1u << (u32(p.x) % 32u));
    }
}
