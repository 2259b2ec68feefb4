// Proof that a list of triangles is a whole mesh: every triangle faces +Z and has area, every edge
// inside is passed once in each direction, and what remains is the border of the picture. Then
// every place of the picture lies in exactly one triangle.
// requires: adaptive_lattice
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read> draws: array<u32>;
@group(0) @binding(4) var<storage, read_write> found: array<atomic<u32>>;

const AREA = 0u;        // twice the area of all triangles, in quarters of a square pixel
const WRONG = 1u;       // triangles without area, or turned over, or beyond the lattice
const UNPAIRED = 2u;    // two sums that are zero when edges pair up
const SIDES = 4u;       // lengths of the left, right, upper and lower border, in half pixels

fn vertex_of(index: u32) -> vec2i {
    let block = index >> 8u;
    return vec2i(vec2u(block % u.blocks.x, block / u.blocks.x) * 16u + vec2u(index & 15u, (index >> 4u) & 15u));
}

// In half pixels, so that everything is whole.
fn doubled(p: vec2i) -> vec2i {
    return clamp(2 * p - 1, vec2i(0), 2 * vec2i(u.picture));
}

// A permutation of 32 bits: the finaliser of MurmurHash3 (Appleby, public domain).
fn mixed(value: u32) -> u32 {
    var v = value;
    v = (v ^ (v >> 16u)) * 0x85ebca6bu;
    v = (v ^ (v >> 13u)) * 0xc2b2ae35u;
    return v ^ (v >> 16u);
}

fn pass_edge(a: u32, b: u32) {
    let p = vertex_of(a);
    let q = vertex_of(b);
    let along = doubled(q) - doubled(p);
    if p.x == q.x && p.x == 0 {
        atomicAdd(&found[SIDES], bitcast<u32>(along.y));
    } else if p.x == q.x && p.x == u.cells.x {
        atomicAdd(&found[SIDES + 1u], bitcast<u32>(-along.y));
    } else if p.y == q.y && p.y == 0 {
        atomicAdd(&found[SIDES + 2u], bitcast<u32>(-along.x));
    } else if p.y == q.y && p.y == u.cells.y {
        atomicAdd(&found[SIDES + 3u], bitcast<u32>(along.x));
    } else {
        let low = min(a, b);
        let high = max(a, b);
        for (var k = 0u; k < 2u; k++) {
            let name = mixed(mixed(low + 0x9e3779b9u * (k + 1u)) ^ (high * 0x27d4eb2fu + k));
            atomicAdd(&found[UNPAIRED + k], select(0u - name, name, a < b));
        }
    }
}

@compute @workgroup_size(64) fn check(@builtin(global_invocation_id) id: vec3u) {
    let triangle = id.y * 4096u + id.x;
    if triangle * 3u >= draws[0] {
        return;
    }
    let a = indices[triangle * 3u];
    let b = indices[triangle * 3u + 1u];
    let c = indices[triangle * 3u + 2u];
    let ab = doubled(vertex_of(b)) - doubled(vertex_of(a));
    let ac = doubled(vertex_of(c)) - doubled(vertex_of(a));
    let area = ab.y * ac.x - ab.x * ac.y;  // y runs down
    let beyond = any(max(max(vertex_of(a), vertex_of(b)), vertex_of(c)) > u.cells);
    if area <= 0 || beyond {
        atomicAdd(&found[WRONG], 1u);
        return;
    }
    atomicAdd(&found[AREA], u32(area));
    pass_edge(a, b);
    pass_edge(b, c);
    pass_edge(c, a);
}
