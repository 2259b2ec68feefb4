// The cut of a mesh along torn sides. Two bits a pixel of the lattice tell whether the side to its
// right neighbour and the one to the pixel below are torn, 16 pixels to a word. Whoever requires
// this has `fn torn_word(index: u32) -> u32`.
//
// Vertices stand on pixels; a cell is the square between four of them. A torn cell is split among
// its corners, so that each keeps its half pixel: corners that untorn sides join have a common
// point in the middle of the cell, and each of the others one of its own. Neighbouring cells agree
// about the middles of sides. A point of a cell is numbered by its kind (below) * 4 + k.

const CORNER = 0u;  // the vertex at corner k
const BEFORE = 1u;  // middle of side k, with the height of corner k
const AFTER = 2u;   // middle of side k, with the height of corner k + 1
const CENTRE = 3u;  // middle of the cell, with the mean height of the corners joined with k

// Corners, counter-clockwise seen from +Z; side k goes from corner k to the next.
fn corner_offset(k: u32) -> vec2u {
    return vec2u(u32(k == 2u || k == 3u), u32(k == 1u || k == 2u));
}

// The pixel that vertex v of a grid takes its depth from. The border's is the one beside it.
fn vertex_pixel(v: vec2u, count: vec2u, step: u32, size: vec2u) -> vec2u {
    let inner = min((max(v, vec2u(1u)) - 1u) * step, size - 1u);
    return select(inner, size - 1u, v + 1u == count);
}

fn torn_side(p: vec2u, size: vec2u, bit: u32) -> bool {
    let word = torn_word(p.y * ((size.x + 15u) / 16u) + p.x / 16u);
    return ((word >> (2u * (p.x % 16u))) & bit) != 0u;
}

// Whether any side on the way from pixel a to b, in one row or column, is torn.
fn torn_way(a: vec2u, b: vec2u, size: vec2u) -> bool {
    for (var x = a.x; x < b.x; x++) {
        if torn_side(vec2u(x, a.y), size, 1u) {
            return true;
        }
    }
    for (var y = a.y; y < b.y; y++) {
        if torn_side(vec2u(a.x, y), size, 2u) {
            return true;
        }
    }
    return false;
}

// One bit for each torn side of the cell whose upper left vertex is v.
fn torn_sides(v: vec2u, count: vec2u, step: u32, size: vec2u) -> u32 {
    let a = vertex_pixel(v, count, step, size);
    let b = vertex_pixel(v + 1u, count, step, size);
    return u32(torn_way(a, vec2u(a.x, b.y), size))
        | (u32(torn_way(vec2u(a.x, b.y), b, size)) << 1u)
        | (u32(torn_way(vec2u(b.x, a.y), b, size)) << 2u)
        | (u32(torn_way(a, vec2u(b.x, a.y), size)) << 3u);
}

// The corners that are joined with corner k: the first of them, and how many.
fn torn_part(sides: u32, k: u32) -> vec2u {
    var first = k;
    var count = 1u;
    while count < 4u && ((sides >> ((first + 3u) & 3u)) & 1u) == 0u {
        first = (first + 3u) & 3u;
        count += 1u;
    }
    var last = k;
    while count < 4u && ((sides >> last) & 1u) == 0u {
        last = (last + 1u) & 3u;
        count += 1u;
    }
    return vec2u(first, count);
}

// How much farther a background is drawn than it is: the far side hides what is carried on from it.
const FARTHER = 1.008;
