// Normals of the displaced surface, in surface space, by differences of surface Z.
// requires: surface
// uniforms: ZMap
@group(0) @binding(0) var<storage, read> u: ZMap;
@group(0) @binding(1) var surface_z: texture_2d<f32>;
@group(0) @binding(2) var normals_out: texture_storage_2d<rgba16float, write>;
@group(0) @binding(3) var reduced: texture_storage_2d<rg32float, write>;

const STEP = 0.02;  // as in slopes.wgsl

override STEPPED: u32 = 0u;  // depth has steps that must stay

// Depth on a coarser grid: between the pixels that are there, or of one of them.
@compute @workgroup_size(8, 8) fn reduce(@builtin(global_invocation_id) id: vec3u) {
    let size = textureDimensions(reduced);
    if any(id.xy >= size) {
        return;
    }
    let from_size = vec2f(textureDimensions(surface_z));
    let at = (vec2f(id.xy) + 0.5) * from_size / vec2f(size) - 0.5;
    let base = vec2i(floor(at));
    let f = select(at - floor(at), vec2f(0.0), STEPPED == 1u);
    let z = mix(mix(depth_at(base), depth_at(base + vec2i(1, 0)), f.x),
                mix(depth_at(base + vec2i(0, 1)), depth_at(base + 1), f.x), f.y);
    textureStore(reduced, id.xy, vec4f(z, 1.0, 0.0, 0.0));
}

fn inside(p: vec2i) -> vec2i {
    return clamp(p, vec2i(0), vec2i(textureDimensions(surface_z)) - 1);
}

fn depth_at(p: vec2i) -> f32 {
    return textureLoad(surface_z, inside(p), 0).x;
}

fn point_at(p: vec2i) -> vec3f {
    let c = inside(p);
    let q = plane_of_uv((vec2f(c) + 0.5) / vec2f(textureDimensions(surface_z)), u.surface_size);
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
    if any(id.xy >= textureDimensions(surface_z)) {
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
