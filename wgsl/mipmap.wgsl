// One level of a picture's mip chain from the level above it: the mean of the texels it covers. Of
// an odd number of texels that is a little of each neighbour (Guthe and Heckbert, "Non-power-of-two
// mipmap creation", 2005): without it the picture would creep to one side from level to level.
@group(0) @binding(0) var above: texture_2d<f32>;
@group(0) @binding(1) var below: texture_storage_2d<rgba16float, write>;

// Weights of texels 2 i, 2 i + 1 and 2 i + 2 of `above` along one axis.
fn weights(i: u32, above_size: u32, below_size: u32) -> vec3f {
    if above_size == 1u {
        return vec3f(1.0, 0.0, 0.0);
    }
    if (above_size & 1u) == 0u {
        return vec3f(0.5, 0.5, 0.0);
    }
    let n = f32(below_size);
    return vec3f(n - f32(i), n, f32(i) + 1.0) / (2.0 * n + 1.0);
}

@compute @workgroup_size(8, 8) fn halve(@builtin(global_invocation_id) id: vec3u) {
    let size = textureDimensions(below);
    if any(id.xy >= size) {
        return;
    }
    let from_size = textureDimensions(above);
    let wx = weights(id.x, from_size.x, size.x);
    let wy = weights(id.y, from_size.y, size.y);
    var sum = vec4f(0.0);
    for (var y = 0u; y < 3u; y++) {
        for (var x = 0u; x < 3u; x++) {
            let w = wx[x] * wy[y];
            if w > 0.0 {
                sum += w * textureLoad(above, id.xy * 2u + vec2u(x, y), 0);
            }
        }
    }
    // The weights add up to a hair less than one, and some drivers cut what they store as a half:
    // what is opaque must stay so.
    textureStore(below, id.xy, sum * (1.0 + 5e-7));
}
