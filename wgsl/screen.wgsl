// The rendered picture on the window: placed, scaled, with what lies around it.
// requires: fullscreen
// uniforms: Screen
@group(0) @binding(0) var<storage, read> u: Screen;
@group(0) @binding(1) var shown: texture_2d<f32>;
@group(0) @binding(2) var smooth_sampler: sampler;

// The mean over the screen pixel's footprint; beyond twice its size, pixels are shown as squares.
fn pixel(at: vec2f, size: vec2f) -> vec3f {
    if u.scale >= 2.0 {
        return textureLoad(shown, vec2i(clamp(at, vec2f(0.0), size - 1.0)), 0).rgb;
    }
    let taps = i32(clamp(ceil(1.0 / u.scale), 1.0, 4.0));
    let spread = 1.0 / (u.scale * f32(taps));
    var sum = vec3f(0.0);
    for (var y = 0; y < taps; y++) {
        for (var x = 0; x < taps; x++) {
            let offset = (vec2f(f32(x), f32(y)) - 0.5 * f32(taps - 1)) * spread;
            sum += textureSampleLevel(shown, smooth_sampler, (at + offset) / size, 0.0).rgb;
        }
    }
    return sum / f32(taps * taps);
}

@fragment fn screen(@builtin(position) position: vec4f) -> @location(0) vec4f {
    let size = vec2f(textureDimensions(shown));
    let at = (position.xy - u.origin) / u.scale;
    if any(at < vec2f(0.0)) || any(at >= size) {
        return vec4f(u.surround, 1.0);
    }
    return vec4f(pixel(at, size), 1.0);
}
