// What a person sees: the view transform for colour, false colours for data.
// requires: fullscreen
// uniforms: Display
@group(0) @binding(0) var<storage, read> u: Display;
@group(0) @binding(1) var shown: texture_2d<f32>;
@group(0) @binding(2) var lut: texture_3d<f32>;
@group(0) @binding(3) var lut_sampler: sampler;
@group(0) @binding(4) var measured: texture_2d<f32>;  // of FITTED and AVERAGED: nearest and farthest

const COLOUR = 0u;
const SCALAR = 1u;   // between u.low and u.high, white is high
const SIGNED = 2u;   // -1..1 vectors
const SQUASHED = 3u; // any vector: grey is zero, the ends of each channel are infinity
const PLAIN = 4u;    // 0..1 as it is
const PLACE = 8u;    // two numbers 0..1, the second one down
const IDENTITY = 5u; // object numbers, each its own hue
const ALPHA = 6u;
const FITTED = 9u;   // a scalar between the ends that were measured of it
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

// passes/false_colours.py says whose colours these are.
fn viridis(share: f32) -> vec3f {
    let t = clamp(share, 0.0, 1.0);
    let c0 = vec3f(0.2777273272, 0.0054073445, 0.3340998053);
    let c1 = vec3f(0.1050930431, 1.4046135299, 1.3845901626);
    let c2 = vec3f(-0.3308618287, 0.2148475595, 0.0950951630);
    let c3 = vec3f(-4.6342304990, -5.7991009734, -19.3324409563);
    let c4 = vec3f(6.2282699363, 14.1799333668, 56.6905526007);
    let c5 = vec3f(4.7763849977, -13.7451453777, -65.3530326334);
    let c6 = vec3f(-5.4354558559, 4.6458526122, 26.3124352496);
    return clamp(c0 + t * (c1 + t * (c2 + t * (c3 + t * (c4 + t * (c5 + t * c6))))), vec3f(0.0), vec3f(1.0));
}

fn object_colour(n: u32) -> vec3f {
    var palette = array<vec3f, 7>(
        vec3f(230.0, 159.0, 0.0), vec3f(86.0, 180.0, 233.0), vec3f(0.0, 158.0, 115.0), vec3f(240.0, 228.0, 66.0),
        vec3f(0.0, 114.0, 178.0), vec3f(213.0, 94.0, 0.0), vec3f(204.0, 121.0, 167.0));
    let i = max(n, 1u) - 1u;
    return palette[i % 7u] / 255.0 * pow(0.6, f32((i / 7u) % 3u));
}

fn scalar(share: f32) -> vec3f {
    let t = clamp(share, 0.0, 1.0);
    return select(vec3f(t), viridis(t), u.colours == 1u);
}

// A distance as a share of what lies between the nearest and the farthest that are there.
fn fitted(z: f32) -> f32 {
    let low = textureLoad(measured, vec2u(0u, 0u), 0).x;
    let high = textureLoad(measured, vec2u(1u, 0u), 0).x;
    return (z - low) / (high - low);
}

// Two numbers 0..1: blue to yellow across, which eyes without red or green see as well, and dark to
// light upwards.
fn two(v: vec2f) -> vec3f {
    let across = mix(vec3f(0.12, 0.36, 1.0), vec3f(1.0, 0.78, 0.08), clamp(v.x, 0.0, 1.0));
    return across * mix(0.3, 1.0, clamp(v.y, 0.0, 1.0));
}

@fragment fn display(@builtin(position) position: vec4f) -> @location(0) vec4f {
    let v = textureLoad(shown, vec2u(position.xy), 0);
    switch u.mode {
        case COLOUR: { return vec4f(viewed(v.rgb), 1.0); }
        case SCALAR: { return vec4f(scalar((v.x - u.low) / (u.high - u.low)), 1.0); }
        case FITTED: { return vec4f(scalar(fitted(v.x)), 1.0); }
        case AVERAGED: {
            return vec4f(scalar(fitted((v.x + 1.0 - v.a) * u.far)), 1.0);
        }
        case SIGNED: {
            let usual = v.xyz * 0.5 + 0.5;
            let shown = select(usual, two(usual.xy) * select(0.5, 1.0, v.z >= 0.0), u.colours == 1u);
            return vec4f(select(vec3f(0.0), shown, dot(v.xyz, v.xyz) > 0.0), 1.0);
        }
        case SQUASHED: { return vec4f((0.5 + 0.5 * v.xyz / (1.0 + abs(v.xyz))) * v.w, 1.0); }
        case ALPHA: { return vec4f(scalar(v.a), 1.0); }
        case IDENTITY: { return vec4f(select(vec3f(0.0), object_colour(u32(v.x + 0.5)), v.x > 0.0), 1.0); }
        case PLACE: {
            let shown = select(vec3f(v.xy, 0.0), two(vec2f(v.x, 1.0 - v.y)), u.colours == 1u && any(v.xy != vec2f(0.0)));
            return vec4f(clamp(shown, vec3f(0.0), vec3f(1.0)), 1.0);
        }
        default: { return vec4f(clamp(v.xyz, vec3f(0.0), vec3f(1.0)), 1.0); }
    }
}
