// 3D mode on a grid of a fixed step: one number a vertex, depth / plane depth at its place.
// Vertices sit on pixel centres (so that depth there is exact), and on the surface's border.
// requires: surface
// uniforms: ZMap, Grid
@group(0) @binding(0) var<storage, read> u: ZMap;
@group(0) @binding(1) var<storage, read> grid: Grid;
@group(0) @binding(2) var surface_z: texture_2d<f32>;
@group(0) @binding(3) var<storage, read_write> vertices: array<f32>;

@compute @workgroup_size(8, 8) fn grid_vertices(@builtin(global_invocation_id) id: vec3u) {
    if any(id.xy >= grid.count) {
        return;
    }
    // The first and last column lie on the border and take the depth of the pixel beside it.
    let inner = min((max(id.xy, vec2u(1u)) - 1u) * grid.step, u.lattice - 1u);
    let p = select(inner, u.lattice - 1u, id.xy + 1u == grid.count);
    let q = plane_of_uv((vec2f(p) + 0.5) / vec2f(u.lattice), u.surface_size);
    let plane = plane_depth(q, u.source_z);
    let z = textureLoad(surface_z, p, 0).x;
    vertices[id.y * grid.count.x + id.x] = select(1.0, z / plane, plane > 1e-6);
}
