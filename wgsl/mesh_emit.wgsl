// Vertices and triangles of a subdivided mesh. Positions of points, and of places along edges, are
// computed once and copied by every triangle that has them: nothing can come apart.
// requires: mesh_topology
@group(0) @binding(3) var<storage, read> state: array<u32>;
@group(0) @binding(4) var<storage, read_write> draws: array<atomic<u32>>;
@group(0) @binding(5) var<storage, read_write> positions: array<vec4f>;  // points, then along edges
@group(0) @binding(6) var<storage, read_write> vertices: array<f32>;
@group(0) @binding(7) var<storage, read_write> indices: array<u32>;
@group(0) @binding(8) var<storage, read_write> given: array<atomic<u32>>;  // `state` again

fn level_at(row: u32) -> u32 {
    let bias = state[BIAS];
    return max(state[row + LEVEL], bias) - bias;
}

fn given_level(row: u32) -> u32 {
    let bias = atomicLoad(&given[BIAS]);
    return max(atomicLoad(&given[row + LEVEL]), bias) - bias;
}

@compute @workgroup_size(64) fn place_points(@builtin(global_invocation_id) id: vec3u) {
    let point = thread(id);
    if point < u.points {
        let place = point_place(point);
        positions[point] = vec4f(place.at + point_height(point) * place.direction, 0.0);
    }
}

@compute @workgroup_size(64) fn place_edges(@builtin(global_invocation_id) id: vec3u) {
    let edge = thread(id);
    if edge >= u.edges {
        return;
    }
    let row = edge_row(edge);
    let count = 1u << given_level(row);
    let first = u.points + atomicAdd(&given[PLACED], count - 1u);
    atomicStore(&given[row + FIRST], first);
    let a = point_place(edge_word(edge, 0u));
    let b = point_place(edge_word(edge, 1u));
    for (var i = 1u; i < count; i++) {
        let t = f32(i) / f32(count);
        let h = edge_height(edge, t);
        positions[first + i - 1u] = vec4f(mix(a.at, b.at, t) + h * mix(a.direction, b.direction, t), 0.0);
    }
}

@compute @workgroup_size(64) fn reserve(@builtin(global_invocation_id) id: vec3u) {
    let triangle = thread(id);
    if triangle < u.triangles {
        let row = triangle_row(triangle);
        let side = 1u << given_level(row);
        let first = atomicAdd(&given[GIVEN], (side + 1u) * (side + 2u) / 2u);
        atomicStore(&given[row + FIRST], first);
    }
}

struct Grid {
    triangle: u32,
    level: u32,
    side: u32,
    edges: vec3u,   // with the side they are seen from
    levels: vec3u,
};

fn grid_of(triangle: u32) -> Grid {
    let level = level_at(triangle_row(triangle));
    var grid = Grid(triangle, level, 1u << level, vec3u(0u), vec3u(0u));
    for (var k = 0u; k < 3u; k++) {
        grid.edges[k] = triangle_word(triangle, 3u + k);
        grid.levels[k] = level_at(edge_row(grid.edges[k] & ~FLIPPED));
    }
    return grid;
}

// The grid's vertex at row r, place c. Row 0 is the first corner, the last row runs from the second
// to the third.
fn vertex_number(r: u32, c: u32) -> u32 {
    return r * (r + 1u) / 2u + c;
}

// The nearest to place s, of `side`, of those that an edge of that level has; the later one of two
// that are as near. Counted the way round the triangle: were the places beside a corner both drawn
// away from it, what lies between them would be a triangle without area.
fn snapped(s: u32, side: u32, level: u32) -> u32 {
    let step = side >> level;
    return (s + step / 2u) / step * step;
}

// The vertex that stands for the one at row r, place c: on an edge that is coarser, the nearest.
fn corner(grid: Grid, r: u32, c: u32) -> u32 {
    if c == 0u {
        return vertex_number(snapped(r, grid.side, grid.levels.x), 0u);
    }
    if r == grid.side {
        return vertex_number(r, snapped(c, grid.side, grid.levels.y));
    }
    if c == r {
        let s = grid.side - snapped(grid.side - r, grid.side, grid.levels.z);
        return vertex_number(s, s);
    }
    return vertex_number(r, c);
}

fn edge_position(grid: Grid, side: u32, s: u32) -> vec3f {
    let edge = grid.edges[side] & ~FLIPPED;
    let from_first = select(s, grid.side - s, (grid.edges[side] & FLIPPED) != 0u);
    let step = grid.side >> grid.levels[side];
    let place = select(from_first / step, 1u, from_first < step);  // those between are not used
    return positions[state[edge_row(edge) + FIRST] + place - 1u].xyz;
}

fn position(grid: Grid, r: u32, c: u32, b: vec3f, uv: vec2f) -> vec3f {
    let last = grid.side;
    if r == 0u || (r == last && (c == 0u || c == last)) {
        let k = select(select(2u, 1u, c == 0u), 0u, r == 0u);
        return positions[triangle_word(grid.triangle, k)].xyz;
    }
    if c == 0u && grid.levels.x > 0u {
        return edge_position(grid, 0u, r);
    }
    if r == last && grid.levels.y > 0u {
        return edge_position(grid, 1u, c);
    }
    if c == r && grid.levels.z > 0u {
        return edge_position(grid, 2u, last - r);
    }
    var at = vec3f(0.0);
    var direction = vec3f(0.0);
    for (var k = 0u; k < 3u; k++) {
        let place = point_place(triangle_word(grid.triangle, k));
        at += b[k] * place.at;
        direction += b[k] * place.direction;
    }
    return at + height(uv) * direction;
}

fn write_vertex(grid: Grid, first: u32, r: u32, c: u32) {
    let b = vec3f(f32(grid.side - r), f32(r - c), f32(c)) / f32(grid.side);
    let word = u.triangles_at + grid.triangle * TRIANGLE;
    let uv = vec2_at(word + 6u) * b.x + vec2_at(word + 8u) * b.y + vec2_at(word + 10u) * b.z;
    let normal = vec3_at(word + 12u) * b.x + vec3_at(word + 15u) * b.y + vec3_at(word + 18u) * b.z;
    let at = position(grid, r, c, b, uv);
    let out = (first + vertex_number(r, c)) * 8u;
    vertices[out] = at.x;
    vertices[out + 1u] = at.y;
    vertices[out + 2u] = at.z;
    vertices[out + 3u] = normal.x;
    vertices[out + 4u] = normal.y;
    vertices[out + 5u] = normal.z;
    vertices[out + 6u] = uv.x;
    vertices[out + 7u] = uv.y;
}

// Triangle i of row r: those that stand on their base are even.
fn triangle_at(grid: Grid, r: u32, i: u32) -> vec3u {
    let c = i / 2u;
    let a = corner(grid, r, c);
    let d = corner(grid, r + 1u, c + 1u);
    if (i & 1u) == 0u {
        return vec3u(a, corner(grid, r + 1u, c), d);
    }
    return vec3u(a, d, corner(grid, r, c + 1u));
}

fn is_whole(t: vec3u) -> bool {
    return t.x != t.y && t.y != t.z && t.z != t.x;
}

@compute @workgroup_size(64) fn emit(@builtin(global_invocation_id) id: vec3u) {
    let index = thread(id);
    let triangle = index / u.lanes;
    if triangle >= u.triangles {
        return;
    }
    let grid = grid_of(triangle);
    let first = state[triangle_row(triangle) + FIRST];
    let lane = index % u.lanes;
    for (var r = lane; r <= grid.side; r += u.lanes) {
        for (var c = 0u; c <= r; c++) {
            write_vertex(grid, first, r, c);
        }
    }
    // What snapping has drawn together is left out; so the triangles are counted first.
    var whole = 0u;
    for (var r = lane; r < grid.side; r += u.lanes) {
        for (var i = 0u; i <= 2u * r; i++) {
            whole += u32(is_whole(triangle_at(grid, r, i)));
        }
    }
    if whole == 0u {
        return;
    }
    var slot = atomicAdd(&draws[0], 3u * whole);
    for (var r = lane; r < grid.side; r += u.lanes) {
        for (var i = 0u; i <= 2u * r; i++) {
            let t = triangle_at(grid, r, i);
            if is_whole(t) {
                indices[slot] = first + t.x;
                indices[slot + 1u] = first + t.y;
                indices[slot + 2u] = first + t.z;
                slot += 3u;
            }
        }
    }
}
