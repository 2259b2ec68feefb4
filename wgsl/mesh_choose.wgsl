// A level for each edge and triangle, for the frame's camera: the coarsest whose error on screen is
// within the tolerance. An edge is at most one level coarser than the triangles beside it, a
// triangle never coarser than its edges.
// requires: mesh_topology
@group(0) @binding(3) var<storage, read_write> state: array<atomic<u32>>;
@group(0) @binding(4) var<storage, read_write> draws: array<atomic<u32>>;

@compute @workgroup_size(1) fn begin() {
    for (var i = 0u; i < HEADER; i++) {
        atomicStore(&state[i], 0u);
    }
    for (var i = 0u; i < 16u; i++) {
        atomicStore(&draws[i], 0u);
    }
}

// Clip space (x, y, w).
fn clip(p: vec4f) -> vec3f {
    return (u.to_clip * p).xyw;
}

struct Reach {
    rate: f32,     // pixels, or weighed shares of depth, for a unit of height: times w and w^2
    shift: f32,
    nearest: f32,  // view depth
    farthest: f32,
};

// As `choose` of wgsl/adaptive_measure.wgsl: what bounds the error over all between these places is
// linear there, so that its ends tell.
fn widened(reach: Reach, place: Place, low: f32, high: f32) -> Reach {
    var out = reach;
    let moves = clip(vec4f(place.direction, 0.0));
    for (var k = 0; k < 2; k++) {
        let at = clip(vec4f(place.at + select(low, high, k == 1) * place.direction, 1.0));
        out.shift = max(out.shift, length((moves.xy * at.z - at.xy * moves.z) * u.half_view));
        out.nearest = min(out.nearest, at.z);
        out.farthest = max(out.farthest, at.z);
    }
    out.rate = max(out.rate, u.depth_weight * abs(moves.z));
    return out;
}

// How long the way from a to b is on screen, in pixels, at most.
fn spread(reach: Reach, a: vec3f, b: vec3f) -> f32 {
    let at = clip(vec4f(a, 1.0));
    let moves = clip(vec4f(b - a, 0.0));
    return length((moves.xy * at.z - at.xy * moves.z) * u.half_view) / (reach.nearest * reach.nearest);
}

// What halving the segments of a level adds at most. That of the finest is not measured where that
// would be dear: a smooth map goes on as it did, a step of depth stays one.
fn added(row: u32, level: u32, finest: u32) -> f32 {
    if level < measured_level(finest) {
        return bitcast<f32>(atomicLoad(&state[row + level]));
    }
    let last = bitcast<f32>(atomicLoad(&state[row + level - 1u]));
    let before = bitcast<f32>(atomicLoad(&state[row + level - 2u]));
    return last * min(last / max(before, 1e-30), 1.0);
}

// longest: pixels of the longest edge.
fn level_of(row: u32, reach: Reach, finest: u32, longest: f32) -> u32 {
    if reach.nearest <= u.near {
        return select(0u, finest, reach.farthest > u.near);
    }
    let scale = max(reach.shift / (reach.nearest * reach.nearest), reach.rate / reach.nearest);
    var error = 0.0;
    var level = finest;
    // The finest has two segments for a texel, for the sake of outlines that are seen large.
    if finest > 0u && longest <= u.tolerance * f32(1u << (finest - 1u)) {
        level = finest - 1u;
    }
    while level > 0u {
        error += added(row, level - 1u, finest);
        if !(error * scale <= u.tolerance) {
            break;
        }
        level -= 1u;
    }
    return level;
}

fn low_of(row: u32) -> f32 {
    return -from_ordered(atomicLoad(&state[row + LOWEST]));
}

fn high_of(row: u32) -> f32 {
    return from_ordered(atomicLoad(&state[row + HIGHEST]));
}

const NOTHING = Reach(0.0, 0.0, 1e38, -1e38);

@compute @workgroup_size(64) fn choose_edges(@builtin(global_invocation_id) id: vec3u) {
    let edge = thread(id);
    if edge >= u.edges {
        return;
    }
    let row = edge_row(edge);
    let finest = edge_word(edge, 3u);
    var level: u32;
    if u.step > 0u {
        level = min(u32(ceil(log2(max(edge_length(edge) / f32(u.step), 1.0)) - 1e-4)), finest);
    } else {
        let a = point_place(edge_word(edge, 0u));
        let b = point_place(edge_word(edge, 1u));
        let reach = widened(widened(NOTHING, a, low_of(row), high_of(row)), b, low_of(row), high_of(row));
        level = level_of(row, reach, finest, spread(reach, a.at, b.at));
    }
    atomicStore(&state[row + LEVEL], level);
}

@compute @workgroup_size(64) fn choose_triangles(@builtin(global_invocation_id) id: vec3u) {
    let triangle = thread(id);
    if triangle >= u.triangles {
        return;
    }
    let row = triangle_row(triangle);
    var level = 0u;
    if u.step == 0u {
        var reach = NOTHING;
        for (var k = 0u; k < 3u; k++) {
            reach = widened(reach, point_place(triangle_word(triangle, k)), low_of(row), high_of(row));
        }
        var longest = 0.0;
        for (var k = 0u; k < 3u; k++) {
            let a = point_place(triangle_word(triangle, k)).at;
            longest = max(longest, spread(reach, a, point_place(triangle_word(triangle, (k + 1u) % 3u)).at));
        }
        level = level_of(row, reach, triangle_word(triangle, 21u), longest);
    }
    atomicStore(&state[row + LEVEL], level);
    for (var k = 3u; k < 6u; k++) {
        let edge = triangle_word(triangle, k) & ~FLIPPED;
        let least = min(max(level, 1u) - 1u, edge_word(edge, 3u));
        atomicMax(&state[edge_row(edge) + LEVEL], least);
    }
}

var<workgroup> sums: array<atomic<u32>, 16>;

// What all comes to if every level is lower by a bias.
@compute @workgroup_size(64) fn count(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) local: u32) {
    if local < 16u {
        atomicStore(&sums[local], 0u);
    }
    workgroupBarrier();
    let triangle = thread(id);
    if triangle < u.triangles {
        let row = triangle_row(triangle);
        var level = atomicLoad(&state[row + LEVEL]);
        for (var k = 3u; k < 6u; k++) {
            let edge = triangle_word(triangle, k) & ~FLIPPED;
            level = max(level, atomicLoad(&state[edge_row(edge) + LEVEL]));
        }
        atomicStore(&state[row + LEVEL], level);
        for (var bias = 0u; bias <= LEVELS; bias++) {
            let side = 1u << (max(level, bias) - bias);
            atomicAdd(&sums[TRIANGLES + bias], side * side);
            atomicAdd(&sums[VERTICES + bias], (side + 1u) * (side + 2u) / 2u);
        }
    }
    workgroupBarrier();
    if local < 16u {
        atomicAdd(&state[local], atomicLoad(&sums[local]));
    }
}

// The smallest bias at which all fits into its buffers.
@compute @workgroup_size(1) fn fit() {
    var bias = 0u;
    while bias < LEVELS && (atomicLoad(&state[TRIANGLES + bias]) > u.most_triangles
            || atomicLoad(&state[VERTICES + bias]) > u.most_vertices) {
        bias++;
    }
    atomicStore(&state[BIAS], bias);
}

// The draw's arguments, and what passes/mesh_counts.py reads.
@compute @workgroup_size(1) fn finish() {
    atomicStore(&draws[1], 1u);
    atomicStore(&draws[10], atomicLoad(&draws[0]) / 3u);
    let coarser = select(0u, 3u, atomicLoad(&state[BIAS]) > 0u);
    atomicStore(&draws[11], select(coarser, 2u, u.step > 0u && coarser == 0u));
}
