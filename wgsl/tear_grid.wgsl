// The triangles of a torn map's mesh on a grid of a fixed step. Vertices are numbered row by row,
// times 16, plus a point of torn.wgsl.
// requires: torn
// uniforms: Tear
@group(0) @binding(0) var<storage, read> u: Tear;
@group(0) @binding(1) var<storage, read> torn: array<u32>;
@group(0) @binding(2) var<storage, read_write> indices: array<u32>;
@group(0) @binding(3) var<storage, read_write> draws: array<atomic<u32>>;  // as in adaptive_emit.wgsl

fn torn_word(index: u32) -> u32 {
    return torn[index];
}

fn put(slot: u32, a: u32, b: u32, c: u32) {
    indices[slot] = a;
    indices[slot + 1u] = b;
    indices[slot + 2u] = c;
}

@compute @workgroup_size(1) fn begin() {
    for (var k = 0; k < 16; k++) {
        atomicStore(&draws[k], 0u);
    }
}

@compute @workgroup_size(8, 8) fn list(@builtin(global_invocation_id) id: vec3u) {
    if any(id.xy + 1u >= u.count) {
        return;
    }
    let sides = torn_sides(id.xy, u.count, u.step, u.lattice);
    let length = select(3u * (4u + countOneBits(sides)), 6u, sides == 0u);
    var slot = atomicAdd(&draws[0], length);
    if slot + length > u.capacity {
        return;
    }
    let here = (id.y * u.count.x + id.x) * 16u;
    var corners: array<u32, 4>;
    for (var k = 0u; k < 4u; k++) {
        let at = id.xy + corner_offset(k);
        corners[k] = (at.y * u.count.x + at.x) * 16u;
    }
    if sides == 0u {
        put(slot, corners[0], corners[1], corners[3]);
        put(slot + 3u, corners[3], corners[1], corners[2]);
        return;
    }
    for (var k = 0u; k < 4u; k++) {
        let next = (k + 1u) & 3u;
        let centre = here + CENTRE * 4u + torn_part(sides, k).x;
        if ((sides >> k) & 1u) == 0u {
            put(slot, centre, corners[k], corners[next]);
            slot += 3u;
        } else {
            put(slot, centre, corners[k], here + BEFORE * 4u + k);
            put(slot + 3u, here + CENTRE * 4u + torn_part(sides, next).x, here + AFTER * 4u + k, corners[next]);
            slot += 6u;
        }
    }
}

// Where the list would be too long, every cell is drawn with all its points.
@compute @workgroup_size(1) fn finish() {
    let found = atomicLoad(&draws[0]);
    let full = found > u.capacity;
    let cells = u.count - 1u;
    atomicStore(&draws[0], select(found, 0u, full));
    atomicStore(&draws[1], 1u);
    atomicStore(&draws[5], u.tile_indices);
    atomicStore(&draws[6], select(0u, u.full_tiles, full));
    atomicStore(&draws[10], select(found / 3u, 8u * cells.x * cells.y, full));
    atomicStore(&draws[11], 2u);  // a grid of a fixed step
}
