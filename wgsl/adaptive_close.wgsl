// Closing the set of vertices so that the mesh has no cracks: a vertex is needed if one of those is
// that split the triangles it makes. 32 vertices of a row at a time, one level at a time, from the
// finest up.
// requires: adaptive_lattice
@group(0) @binding(3) var<storage, read_write> bits: array<atomic<u32>>;

// Bits of row y, those from x = 32 word + dx on.
fn moved(y: i32, word: i32, dx: i32) -> u32 {
    if y < 0 || y >= i32(u.rows) {
        return 0u;
    }
    let from_word = word + (dx >> 5u);
    let shift = u32(dx & 31);
    let row = y * i32(u.words);
    var found = 0u;
    if from_word >= 0 && from_word < i32(u.words) {
        found = atomicLoad(&bits[row + from_word]) >> shift;
    }
    if shift > 0u && from_word >= -1 && from_word + 1 < i32(u.words) {
        found |= atomicLoad(&bits[row + from_word + 1]) << (32u - shift);
    }
    return found;
}

// Bits of a word whose x is an odd (1) or even (0) multiple of h.
fn multiples(word: i32, h: i32, odd: i32) -> u32 {
    if h >= 32 {
        let x = word * 32;
        return select(0u, 1u, x % h == 0 && ((x / h) & 1) == odd);
    }
    // One bit in every 2 h, from 0 or h on.
    let every = array<u32, 5>(0x55555555u, 0x11111111u, 0x01010101u, 0x00010001u, 0x00000001u);
    return every[countTrailingZeros(u32(h))] << u32(odd * h);
}

@compute @workgroup_size(32, 2) fn close_centres(@builtin(global_invocation_id) id: vec3u) {
    let h = 1i << LEVEL;
    let word = i32(id.x);
    let y = (i32(id.y) * 2 + 1) * h;
    if id.x >= u.words || y >= i32(u.rows) {
        return;
    }
    let needed = moved(y, word, h) | moved(y, word, -h) | moved(y - h, word, 0) | moved(y + h, word, 0);
    let added = needed & multiples(word, h, 1);
    if added != 0u {
        atomicOr(&bits[y * i32(u.words) + word], added);
    }
}

@compute @workgroup_size(32, 2) fn close_edges(@builtin(global_invocation_id) id: vec3u) {
    let h = 1i << LEVEL;
    let q = h / 2;
    let word = i32(id.x);
    let y = i32(id.y) * h;
    if id.x >= u.words || y >= i32(u.rows) {
        return;
    }
    let needed = moved(y - q, word, q) | moved(y - q, word, -q) | moved(y + q, word, q) | moved(y + q, word, -q);
    let added = needed & multiples(word, h, 1 - (i32(id.y) & 1));
    if added != 0u {
        atomicOr(&bits[y * i32(u.words) + word], added);
    }
}
