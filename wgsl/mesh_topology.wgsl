// A triangle mesh with a Z-Depth map: what passes/mesh_topology.py packed of it, what is measured of
// it, and how high the map is. Everything a triangle shares with others is computed from what they
// share: a point's and an edge's height is the mean over all the places of the picture they have.
// uniforms: Subdivide
@group(0) @binding(0) var<storage, read> u: Subdivide;
@group(0) @binding(1) var surface_z: texture_2d<f32>;
@group(0) @binding(2) var<storage, read> mesh: array<u32>;

const LEVELS = 5u;         // passes/mesh_topology.py has the same, and the tables' rows
const POINT = 8u;
const EDGE = 8u;
const SEGMENT = 4u;
const PLACE = 2u;
const TRIANGLE = 24u;
const FLIPPED = 0x80000000u;
const WORK_WIDTH = 64u;    // workgroups along x

// Rows of `state`, after its header: for an edge and for a triangle the largest error at each level,
// the largest and the smallest height, its level, and where its places or its vertices begin.
const HEADER = 32u;
const ROW = 9u;
const HIGHEST = 5u;
const LOWEST = 6u;
const LEVEL = 7u;
const FIRST = 8u;
// In the header: triangles and vertices at each bias, the bias that fits, how many vertices and places
// along edges are given out.
const TRIANGLES = 0u;
const VERTICES = 8u;
const BIAS = 16u;
const GIVEN = 17u;
const PLACED = 18u;

struct Place {
    at: vec3f,
    direction: vec3f,
};

fn number(word: u32) -> f32 {
    return bitcast<f32>(mesh[word]);
}

fn vec2_at(word: u32) -> vec2f {
    return vec2f(number(word), number(word + 1u));
}

fn vec3_at(word: u32) -> vec3f {
    return vec3f(number(word), number(word + 1u), number(word + 2u));
}

fn point_place(point: u32) -> Place {
    return Place(vec3_at(point * POINT), vec3_at(point * POINT + 3u));
}

fn edge_word(edge: u32, word: u32) -> u32 {
    return mesh[u.edges_at + edge * EDGE + word];
}

fn triangle_word(triangle: u32, word: u32) -> u32 {
    return mesh[u.triangles_at + triangle * TRIANGLE + word];
}

// What the map raises a place of the picture by, in scene units.
fn height(uv: vec2f) -> f32 {
    let at = clamp(uv, vec2f(0.0), vec2f(1.0)) * vec2f(u.lattice) - 0.5;
    let base = floor(at);
    let f = at - base;
    let last = vec2i(u.lattice) - 1;
    let a = clamp(vec2i(base), vec2i(0), last);
    let b = clamp(vec2i(base) + 1, vec2i(0), last);
    // Heights first, and then between them: where there is none, it is exactly zero.
    let z = vec4f(textureLoad(surface_z, a, 0).x, textureLoad(surface_z, vec2i(b.x, a.y), 0).x,
                  textureLoad(surface_z, vec2i(a.x, b.y), 0).x, textureLoad(surface_z, b, 0).x);
    let h = u.distance - z;
    return mix(mix(h.x, h.y, f.x), mix(h.z, h.w, f.x), f.y);
}

fn point_height(point: u32) -> f32 {
    let first = mesh[point * POINT + 6u];
    let count = mesh[point * POINT + 7u];
    var sum = 0.0;
    for (var i = first; i < first + count; i++) {
        sum += height(vec2_at(u.places_at + i * PLACE));
    }
    return sum / f32(count);
}

// The height of an edge at a share of its way from its first to its second point.
fn edge_height(edge: u32, share: f32) -> f32 {
    if share == 0.0 || share == 1.0 {
        return point_height(edge_word(edge, select(0u, 1u, share == 1.0)));
    }
    let first = edge_word(edge, 4u);
    let count = edge_word(edge, 5u);
    var sum = 0.0;
    for (var i = first; i < first + count; i++) {
        let word = u.segments_at + i * SEGMENT;
        sum += height(mix(vec2_at(word), vec2_at(word + 2u), share));
    }
    return sum / f32(count);
}

// The longest that the edge is in the picture, in texels.
fn edge_length(edge: u32) -> f32 {
    return bitcast<f32>(edge_word(edge, 6u));
}

fn edge_row(edge: u32) -> u32 {
    return HEADER + edge * ROW;
}

fn triangle_row(triangle: u32) -> u32 {
    return HEADER + (u.edges + triangle) * ROW;
}

// Whole numbers in the order of these floats.
fn ordered(value: f32) -> u32 {
    let bits = bitcast<u32>(value);
    return select(bits | 0x80000000u, ~bits, (bits >> 31u) == 1u);
}

fn from_ordered(bits: u32) -> f32 {
    return bitcast<f32>(select(~bits, bits & 0x7fffffffu, (bits >> 31u) == 1u));
}

// The level to which errors are measured: of large triangles that with a segment for each texel, where
// the finest has two.
fn measured_level(finest: u32) -> u32 {
    return select(finest - 1u, finest, finest <= 3u);
}

fn thread(id: vec3u) -> u32 {
    return id.y * (WORK_WIDTH * 64u) + id.x;
}
