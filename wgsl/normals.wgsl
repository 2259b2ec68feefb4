// Normals of the displaced surface, in surface space, by differences of surface Z.
// requires: surface
// uniforms: ZMap
@group(0) @binding(0) var<storage, read> u: ZMap;
@group(0) @binding(1) var surface_z: texture_2d<f32>;
@group(0) @binding(2) var normals_out: texture_storage_2d<rgba16float, write>;

const STEP = 0.02;  // as in zdepth.wgsl

fn depth_at(p: vec2i) -> f32 {
    return textureLoad(surface_z, clamp(p, vec2i(0), vec2i(u.lattice) - 1), 0).x;
}

fn point_at(p: vec2i) -> vec3f {
    let c = clamp(p, vec2i(0), vec2i(u.lattice) - 1);
    let q = plane_of_uv((vec2f(c) + 0.5) / vec2f(u.lattice), u.surface_size);
    let plane = plane_depth(q, u.source_z);
    if plane <= 1e-6 {
        return vec3f(q, 0.0);
    }
    return displaced(q, depth_at(c) / plane, u.source_origin.xyz, u.along_normal == 1u);
}

// Central difference, but on one side only where the other side is a depth step: a step is an
// outline, not a slope, and must not be shaded as one.
fn difference(p: vec2i, axis: vec2i) -> vec3f {
    let here = depth_at(p);
    let before = abs(depth_at(p - axis) - here);
    let after = abs(depth_at(p + axis) - here);
    if after > STEP * here && after > 4.0 * before && any(p - axis >= vec2i(0)) {
        return point_at(p) - point_at(p - axis);
    }
    if before > STEP * here && before > 4.0 * after {
        return point_at(p + axis) - point_at(p);
    }
    return point_at(p + axis) - point_at(p - axis);
}

@compute @workgroup_size(8, 8) fn normals(@builtin(global_invocation_id) id: vec3u) {
    if any(id.xy >= u.lattice) {
        return;
    }
    let p = vec2i(id.xy);
    let right = difference(p, vec2i(1, 0));
    let down = difference(p, vec2i(0, 1));
    var n = cross(down, right);
    let length_squared = dot(n, n);
    n = select(vec3f(0.0, 0.0, 1.0), n * inverseSqrt(max(length_squared, 1e-38)), length_squared > 1e-30);
    textureStore(normals_out, p, vec4f(n, 1.0));
}
