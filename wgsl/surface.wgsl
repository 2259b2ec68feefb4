// Surface space: where a point of the picture is, and where its depth moves it.
// Needs `item: Item` (or another block with the same fields) only through arguments.

// The plane's point (x, y) in scene units for a picture coordinate with its origin at the top left.
fn plane_of_uv(uv: vec2f, size: vec2f) -> vec2f {
    return vec2f((uv.x - 0.5) * size.x, (0.5 - uv.y) * size.y);
}

fn uv_of_plane(q: vec2f, size: vec2f) -> vec2f {
    return vec2f(q.x / size.x + 0.5, 0.5 - q.y / size.y);
}

// Planar distance of the plane's point q from the source camera.
fn plane_depth(q: vec2f, source_z: vec4f) -> f32 {
    return dot(source_z, vec4f(q, 0.0, 1.0));
}

// t is depth / plane depth: 1 leaves the point on the plane, 0 puts it into the camera.
fn displaced(q: vec2f, t: f32, origin: vec3f, along_normal: bool) -> vec3f {
    return select(mix(origin, vec3f(q, 0.0), t), vec3f(q, origin.z * (1.0 - t)), along_normal);
}

// The plane's point that a displaced point came from along a ray, as (x, y) * z and z: exact for
// any triangle, because a point of the extruded surface projects through the source camera to one
// place of the picture.
fn homogeneous_plane(p: vec3f, origin: vec3f) -> vec3f {
    let reach = origin.z - p.z;
    let safe = select(reach, 1e-6, abs(reach) < 1e-6);
    return vec3f(origin.xy * safe + (p.xy - origin.xy) * origin.z, safe);
}
