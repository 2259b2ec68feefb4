// How far off each level of subdivision is, once for each map: the heights of an edge, and of the
// inside of a triangle, against straight lines between those of the level. What halving adds level
// by level sums up to a bound of the whole error.
// requires: mesh_topology
@group(0) @binding(3) var<storage, read_write> state: array<atomic<u32>>;

@compute @workgroup_size(64) fn clear(@builtin(global_invocation_id) id: vec3u) {
    let index = thread(id);
    if index < HEADER + (u.edges + u.triangles) * ROW {
        atomicStore(&state[index], 0u);
    }
}

fn note(row: u32, level: u32, h: f32, error: f32) {
    atomicMax(&state[row + HIGHEST], ordered(h));
    atomicMax(&state[row + LOWEST], ordered(-h));
    atomicMax(&state[row + level], bitcast<u32>(error));
}

// How far h is from the middle of its neighbours', seen along the direction there.
fn halving(h: f32, d: vec3f, a: f32, da: vec3f, b: f32, db: vec3f) -> f32 {
    return length(h * d - 0.5 * (a * da + b * db)) / max(length(d), 1e-6);
}

@compute @workgroup_size(64) fn measure_edges(@builtin(global_invocation_id) id: vec3u) {
    let edge = thread(id);
    if edge >= u.edges {
        return;
    }
    let row = edge_row(edge);
    let first = point_place(edge_word(edge, 0u)).direction;
    let last = point_place(edge_word(edge, 1u)).direction;
    let finest = measured_level(edge_word(edge, 3u));
    let count = 1u << finest;
    note(row, 0u, edge_height(edge, 0.0), 0.0);
    note(row, 0u, edge_height(edge, 1.0), 0.0);
    for (var i = 1u; i < count; i++) {
        // Number i splits the segment between i - half and i + half of the level above its own.
        let zeros = countTrailingZeros(i);
        let half = f32(1u << zeros);
        let t = vec3f(f32(i), f32(i) - half, f32(i) + half) / f32(count);
        let h = edge_height(edge, t.x);
        let error = halving(h, mix(first, last, t.x), edge_height(edge, t.y), mix(first, last, t.y),
                            edge_height(edge, t.z), mix(first, last, t.z));
        note(row, finest - 1u - zeros, h, error);
    }
}

struct Corners {
    uv: array<vec2f, 3>,
    direction: array<vec3f, 3>,
};

// Row r and place c in it, of the grid with `count` segments on a side.
fn shares(r: u32, c: u32, count: f32) -> vec3f {
    return vec3f(count - f32(r), f32(r) - f32(c), f32(c)) / count;
}

fn uv_of(corners: Corners, b: vec3f) -> vec2f {
    return corners.uv[0] * b.x + corners.uv[1] * b.y + corners.uv[2] * b.z;
}

fn direction_of(corners: Corners, b: vec3f) -> vec3f {
    return corners.direction[0] * b.x + corners.direction[1] * b.y + corners.direction[2] * b.z;
}

@compute @workgroup_size(64) fn measure_triangles(@builtin(global_invocation_id) id: vec3u) {
    let index = thread(id);
    let triangle = index / u.lanes;
    if triangle >= u.triangles {
        return;
    }
    let finest = measured_level(triangle_word(triangle, 21u));
    let side = 1u << finest;
    let row = triangle_row(triangle);
    var corners: Corners;
    for (var k = 0u; k < 3u; k++) {
        corners.uv[k] = vec2_at(u.triangles_at + triangle * TRIANGLE + 6u + 2u * k);
        corners.direction[k] = point_place(triangle_word(triangle, k)).direction;
    }
    for (var r = index % u.lanes; r <= side; r += u.lanes) {
        for (var c = 0u; c <= r; c++) {
            let b = shares(r, c, f32(side));
            let h = height(uv_of(corners, b));
            let zeros = min(countTrailingZeros(r | side), countTrailingZeros(c | side));
            if zeros >= finest {
                note(row, 0u, h, 0.0);
                continue;
            }
            // The place halves a line of the grid of the level above its own, in one of three ways.
            let step = 1u << zeros;
            let along = vec2u(select(0u, step, (r & step) != 0u), select(0u, step, (c & step) != 0u));
            let from_b = shares(r - along.x, c - along.y, f32(side));
            let to_b = shares(r + along.x, c + along.y, f32(side));
            let error = halving(h, direction_of(corners, b),
                                height(uv_of(corners, from_b)), direction_of(corners, from_b),
                                height(uv_of(corners, to_b)), direction_of(corners, to_b));
            note(row, finest - 1u - zeros, h, error);
        }
    }
}
