// One level of a picture's mip chain from the level above it: the mean of the texels it covers.
@group(0) @binding(0) var above: texture_2d<f32>;
@group(0) @binding(1) var below: texture_storage_2d<rgba16float, write>;

@compute @workgroup_size(8, 8) fn halve(@builtin(global_invocation_id) id: vec3u) {
    let size = textureDimensions(below);
    if any(id.xy >= size) {
        return;
    }
    let limit = textureDimensions(above) - 1u;
    let a = min(id.xy * 2u, limit);
    let b = min(id.xy * 2u + 1u, limit);
    let sum = textureLoad(above, a, 0) + textureLoad(above, b, 0)
        + textureLoad(above, vec2u(a.x, b.y), 0) + textureLoad(above, vec2u(b.x, a.y), 0);
    textureStore(below, id.xy, sum * 0.25);
}
