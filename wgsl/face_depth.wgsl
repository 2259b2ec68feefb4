// A face mesh and its skirt to a relief map: height over the picture's plane in units of the
// picture's height, and confidence. The nearest of overlapping faces wins.
// uniforms: FaceMap
@group(0) @binding(0) var<storage, read> u: FaceMap;

struct FaceVarying {
    @builtin(position) position: vec4f,
    @location(0) height: f32,
};

// Vertices: x, y in pixels of the picture from its top left corner, height in the same pixels.
@vertex fn face(@location(0) point: vec3f) -> FaceVarying {
    var out: FaceVarying;
    let ndc = vec2f(point.x / u.size.x * 2.0 - 1.0, 1.0 - point.y / u.size.y * 2.0);
    // Any monotonic map of height to 0..1 orders faces; a head is not as deep as the picture is wide.
    let order = clamp(0.5 + point.z / (2.0 * (u.size.x + u.size.y)), 0.0, 1.0);
    out.position = vec4f(ndc, order, 1.0);
    out.height = point.z / u.size.y;
    return out;
}

@fragment fn face_height(in: FaceVarying) -> @location(0) vec4f {
    return vec4f(in.height, 1.0, 0.0, 1.0);
}
