// The adaptive mesh of a torn map: cells with a torn side are always there, and split among their
// corners. Vertices are numbered as in adaptive_emit.wgsl, times 16, plus a point of torn.wgsl.
// requires: adaptive_emit, torn
@group(0) @binding(8) var<storage, read> torn: array<u32>;
@group(0) @binding(9) var<storage, read_write> forced: array<atomic<u32>>;

fn torn_word(index: u32) -> u32 {
    return torn[index];
}

fn sides_of(cell: vec2i) -> u32 {
    if any(cell >= u.cells) {
        return 0u;  // folded onto the border
    }
    return torn_sides(vec2u(cell), vec2u(u.cells) + 1u, 1u, u.picture);
}

fn force(p: vec2i) {
    if ((p.x + p.y) & 1) == 1 {
        atomicOr(&forced[u32(p.y) * u.words + u32(p.x) / 32u], 1u << (u32(p.x) % 32u));
    }
}

// Both triangles of a cell stand on the two of its corners whose coordinates have an odd sum: those
// of the two cells at each torn side. A word of torn sides to each thread.
@compute @workgroup_size(64) fn force_torn(@builtin(global_invocation_id) id: vec3u) {
    let words = (u.picture.x + 15u) / 16u;
    let index = id.y * (WORK_WIDTH * 64u) + id.x;
    if index >= words * u.picture.y {
        return;
    }
    var left = torn_word(index);
    while left != 0u {
        let bit = firstTrailingBit(left);
        left &= left - 1u;
        let p = vec2i(vec2u((index % words) * 16u + bit / 2u, index / words)) + 1;
        let along = select(vec2i(0, 1), vec2i(1, 0), (bit & 1u) == 0u);
        let across = vec2i(along.y, along.x);
        for (var k = -1; k <= 1; k++) {
            force(p + k * across);
            force(p + along + k * across);
        }
    }
}

fn put(a: u32, b: u32, c: u32) {
    let slot = atomicAdd(&counts_out[0], 3u);
    if slot + 3u > u.capacity {
        return;
    }
    indices[slot] = a;
    indices[slot + 1u] = b;
    indices[slot + 2u] = c;
}

fn add_torn(cell: vec2i, sides: u32) {
    let here = number(cell);
    for (var k = 0u; k < 4u; k++) {
        let next = (k + 1u) & 3u;
        let a = number(cell + vec2i(corner_offset(k)));
        let b = number(cell + vec2i(corner_offset(next)));
        let centre = here | (CENTRE * 4u + torn_part(sides, k).x);
        if ((sides >> k) & 1u) == 0u {
            put(centre, a, b);
        } else {
            put(centre, a, here | (BEFORE * 4u + k));
            put(here | (CENTRE * 4u + torn_part(sides, next).x), here | (AFTER * 4u + k), b);
        }
    }
}

@compute @workgroup_size(64) fn emit_torn(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
    let slot = (group.y * WORK_WIDTH + group.x) * 64u + index;
    if slot >= gathered_in[0] || slot + 1u >= u.capacity / 3u {
        return;
    }
    point_bits = 4u;
    let vertex = gathered_in[slot + 1u];
    let p = vec2i(vec2u(vertex & 0xffffu, vertex >> 16u));
    if ((p.x + p.y) & 1) == 0 {
        add_at(p);
        return;
    }
    for (var k = 0; k < 4; k++) {
        let cell = p - vec2i(k & 1, k >> 1u);
        if any(cell < vec2i(0)) || any(cell >= vec2i(u.tiles) * 128) {
            continue;
        }
        let sides = sides_of(cell);
        let across = 2 * cell + 1 - p;
        if sides == 0u {
            add(vec2i(across.x, p.y), vec2i(p.x, across.y), p);
        } else if (p.x & 1) == 1 {
            add_torn(cell, sides);
        }
    }
}

@compute @workgroup_size(64) fn emit_torn_roots(@builtin(global_invocation_id) id: vec3u) {
    point_bits = 4u;
    let tile = vec2u(id.x % u.tiles.x, id.x / u.tiles.x);
    if tile.y < u.tiles.y && !needed(vec2i(tile) * 128 + 64) {
        add_root(vec2i(tile));
    }
}
