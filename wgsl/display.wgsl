// What a person sees: the view transform for colour, false colours for data.
// requires: fullscreen
// uniforms: Display
@group(0) @binding(0) var<storage, read> u: Display;
@group(0) @binding(1) var shown: texture_2d<f32>;
@group(0) @binding(2) var lut: texture_3d<f32>;
@group(0) @binding(3) var lut_sampler: sampler;

const COLOUR = 0u;
const SCALAR = 1u;   // between u.low and u.high, white is high
const SIGNED = 2u;   // -1..1 vectors
const SQUASHED = 3u; // any vector: grey is zero, the ends of each channel are infinity
const PLAIN = 4u;    // 0..1 as it is
const IDENTITY = 5u; // object numbers, each its own hue
const ALPHA = 6u;
const AVERAGED = 7u; // a scalar in shares of far, premultiplied over nothing, which is far

// The LUT's shaper (engine/media/colour.py): sRGB below 1, stops above.
fn shaper(v: vec3f) -> vec3f {
    let x = clamp(v, vec3f(0.0), vec3f(64.0));
    let dark = x * 12.92;
    let light = 1.055 * pow(max(x, vec3f(1e-6)), vec3f(1.0 / 2.4)) - 0.055;
    let curve = select(light, dark, x <= vec3f(0.0031308)) * 0.75;
    let stops = 0.75 + 0.25 * log2(max(x, vec3f(1.0))) / 6.0;
    return select(curve, stops, x > vec3f(1.0));
}

fn viewed(linear: vec3f) -> vec3f {
    let size = f32(textureDimensions(lut).x);
    let at = shaper(linear * u.exposure) * ((size - 1.0) / size) + 0.5 / size;
    return textureSampleLevel(lut, lut_sampler, at, 0.0).rgb;
}

fn hue(n: f32) -> vec3f {
    // Steps by the golden ratio: neighbours in number are far in hue.
    let h = fract(n * 0.61803399);
    return clamp(abs(fract(vec3f(h, h + 2.0 / 3.0, h + 1.0 / 3.0)) * 6.0 - 3.0) - 1.0, vec3f(0.1), vec3f(0.95));
}

@fragment fn display(@builtin(position) position: vec4f) -> @location(0) vec4f {
    let v = textureLoad(shown, vec2u(position.xy), 0);
    switch u.mode {
        case COLOUR: { return vec4f(viewed(v.rgb), 1.0); }
        case SCALAR: { return vec4f(vec3f(clamp((v.x - u.low) / (u.high - u.low), 0.0, 1.0)), 1.0); }
        case AVERAGED: {
            let share = v.x + 1.0 - v.a;
            return vec4f(vec3f(clamp((share - u.low) / (u.high - u.low), 0.0, 1.0)), 1.0);
        }
        case SIGNED: { return vec4f(select(vec3f(0.0), v.xyz * 0.5 + 0.5, dot(v.xyz, v.xyz) > 0.0), 1.0); }
        case SQUASHED: { return vec4f((0.5 + 0.5 * v.xyz / (1.0 + abs(v.xyz))) * v.w, 1.0); }
        case ALPHA: { return vec4f(vec3f(clamp(v.a, 0.0, 1.0)), 1.0); }
        case IDENTITY: { return vec4f(select(vec3f(0.0), hue(v.x), v.x > 0.0), 1.0); }
        default: { return vec4f(clamp(v.xyz, vec3f(0.0), vec3f(1.0)), 1.0); }
    }
}
