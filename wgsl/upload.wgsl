// A picture's bytes, as the file had them, to the linear, premultiplied working space (`colour`; of
// normal maps: to numbers), to a value and whether it is there (`data`: depth maps), or to several
// (`values`: positions, texture coordinates, motion). A picture that is too large for one binding
// comes in bands of rows.
// uniforms: Upload
// What kind of bytes they are: constants, because software adapters run every branch that is not
// decided when the shader is compiled.
override SAMPLES: u32 = 0u;   // of those below
override CHANNELS: u32 = 1u;
override YUV: u32 = 0u;
override TRANSFER: u32 = 0u;
override ALPHA: u32 = 0u;

@group(0) @binding(0) var<storage, read> u: Upload;
@group(0) @binding(1) var<storage, read> words: array<u32>;
@group(0) @binding(2) var colour_out: texture_storage_2d<rgba16float, write>;
@group(0) @binding(3) var data_out: texture_storage_2d<rg32float, write>;
@group(0) @binding(4) var values_out: texture_storage_2d<rgba32float, write>;

const HALF_MAX = 65504.0;
const FAR_AWAY = 3.0e38;  // stands for infinity: shaders may assume that there is none

const U8 = 0u;
const U16 = 1u;

const SRGB = 1u;
const BT1886 = 2u;
const GAMMA22 = 3u;
const PQ = 4u;
const HLG = 5u;

const NO_ALPHA = 0u;
const STRAIGHT = 1u;
const PREMULTIPLIED = 2u;

fn raw_bits(plane: u32, x: u32, y: u32, channel: u32, channels: u32) -> u32 {
    let sample = x * channels + channel;
    let row = u.plane_offset[plane] + (y - u.plane_row[plane]) * u.plane_stride[plane];
    if SAMPLES == U8 {
        let at = row + sample;
        return (words[at >> 2u] >> ((at & 3u) * 8u)) & 0xffu;
    }
    if SAMPLES == U16 {
        let at = row + sample * 2u;
        return (words[at >> 2u] >> ((at & 2u) * 8u)) & 0xffffu;
    }
    return words[(row >> 2u) + sample];
}

fn is_nan(bits: u32) -> bool {
    return SAMPLES > U16 && (bits & 0x7fffffffu) > 0x7f800000u;
}

fn number(bits: u32) -> f32 {
    if SAMPLES <= U16 {
        return f32(bits) / u.max_code;
    }
    if (bits & 0x7fffffffu) >= 0x7f800000u {
        return select(FAR_AWAY, -FAR_AWAY, (bits >> 31u) == 1u);
    }
    return bitcast<f32>(bits);
}

fn colour_number(plane: u32, x: u32, y: u32, channel: u32, channels: u32) -> f32 {
    let bits = raw_bits(plane, x, y, channel, channels);
    if is_nan(bits) {
        return 0.0;
    }
    return number(bits);
}

// Chroma at a luma pixel's place: `chroma_site` says where in its block of luma pixels a chroma
// sample lies (engine/media/picture.py).
fn chroma(plane: u32, p: vec2u) -> f32 {
    let limit = vec2i(u.chroma_size) - 1;
    let block = round(vec2f(u.size) / vec2f(u.chroma_size));
    let at = (vec2f(p) - u.chroma_site * (block - 1.0)) / block;
    let base = floor(at);
    let f = at - base;
    let a = vec2u(clamp(vec2i(base), vec2i(0), limit));
    let b = vec2u(clamp(vec2i(base) + 1, vec2i(0), limit));
    let top = mix(colour_number(plane, a.x, a.y, 0u, 1u), colour_number(plane, b.x, a.y, 0u, 1u), f.x);
    let low = mix(colour_number(plane, a.x, b.y, 0u, 1u), colour_number(plane, b.x, b.y, 0u, 1u), f.x);
    return mix(top, low, f.y);
}

// R'G'B' from Y'CbCr with luma weights Kr, Kb (ITU-R BT.601, BT.709, BT.2020).
fn yuv_pixel(p: vec2u) -> vec4f {
    let y = (colour_number(0u, p.x, p.y, 0u, 1u) - u.yuv.x) * u.yuv.y;
    let cb = (chroma(1u, p) - u.yuv.z) * u.yuv.w;
    let cr = (chroma(2u, p) - u.yuv.z) * u.yuv.w;
    let kr = u.luma_weights.x;
    let kb = u.luma_weights.y;
    let r = y + 2.0 * (1.0 - kr) * cr;
    let b = y + 2.0 * (1.0 - kb) * cb;
    let g = (y - kr * r - kb * b) / (1.0 - kr - kb);
    return vec4f(r, g, b, 1.0);
}

fn has_alpha() -> bool {
    return ALPHA != NO_ALPHA && (CHANNELS == 2u || CHANNELS == 4u);
}

fn rgb_pixel(p: vec2u) -> vec4f {
    let c = CHANNELS;
    var v = vec4f(0.0, 0.0, 0.0, 1.0);
    v.r = colour_number(0u, p.x, p.y, 0u, c);
    if c >= 3u {
        v.g = colour_number(0u, p.x, p.y, 1u, c);
        v.b = colour_number(0u, p.x, p.y, 2u, c);
    } else {
        v = vec4f(v.rrr, 1.0);
    }
    if has_alpha() {
        v.a = clamp(colour_number(0u, p.x, p.y, c - 1u, c), 0.0, 1.0);
    }
    return v;
}

fn decode(e: f32) -> f32 {
    let v = abs(e);
    var light = v;
    switch TRANSFER {
        case SRGB: {  // IEC 61966-2-1
            light = select(pow((v + 0.055) / 1.055, 2.4), v / 12.92, v <= 0.04045);
        }
        case BT1886: { light = pow(v, 2.4); }
        case GAMMA22: { light = pow(v, 2.2); }
        case PQ: {  // SMPTE ST 2084, in units of 100 cd/m2
            let n = pow(min(v, 1.0), 1.0 / 78.84375);  // it ends at 1: overshoots are no light
            light = 100.0 * pow(max(n - 0.8359375, 0.0) / (18.8515625 - 18.6875 * n), 1.0 / 0.1593017578125);
        }
        case HLG: {  // ARIB STD-B67, scene light, 1.0 = reference white at signal 0.75
            let scene = select((exp((v - 0.55991073) / 0.17883277) + 0.28466892) / 12.0, v * v / 3.0, v <= 0.5);
            light = scene / 0.26496256;
        }
        default: {}
    }
    return sign(e) * light;
}

fn working(v: vec4f) -> vec4f {
    var c = v.rgb;
    // The transfer curve belongs to unassociated colour. Where alpha is 0 (fire, reflections), the
    // colour stays as it is.
    let divided = ALPHA == PREMULTIPLIED && TRANSFER != 0u && v.a > 0.0;
    if divided {
        c = c / v.a;
    }
    c = u.to_working * vec3f(decode(c.r), decode(c.g), decode(c.b));
    if divided || ALPHA == STRAIGHT {
        c = c * v.a;
    }
    // A division may end a hair below one, and some drivers cut what they store as a half: what is
    // opaque must stay so.
    return clamp(vec4f(c, v.a) * (1.0 + 5e-7), vec4f(-HALF_MAX), vec4f(HALF_MAX));
}

@compute @workgroup_size(8, 8) fn colour(@builtin(global_invocation_id) id: vec3u) {
    if id.x >= u.size.x || id.y >= u.rows {
        return;
    }
    let p = vec2u(id.x, id.y + u.first_row);
    var v: vec4f;
    if YUV == 1u {
        v = yuv_pixel(p);
    } else {
        v = rgb_pixel(p);
    }
    textureStore(colour_out, p, working(v));
}

// The value of a data picture: its only channel, or the luma of three that differ.
@compute @workgroup_size(8, 8) fn data(@builtin(global_invocation_id) id: vec3u) {
    if id.x >= u.size.x || id.y >= u.rows {
        return;
    }
    let p = vec2u(id.x, id.y + u.first_row);
    var value: f32;
    var there = 1.0;
    if YUV == 1u {
        value = (colour_number(0u, p.x, p.y, 0u, 1u) - u.yuv.x) * u.yuv.y;
    } else {
        let c = CHANNELS;
        var bits = raw_bits(0u, p.x, p.y, 0u, c);
        value = number(bits);
        there = select(1.0, 0.0, is_nan(bits));
        if c >= 3u {
            let green = raw_bits(0u, p.x, p.y, 1u, c);
            let blue = raw_bits(0u, p.x, p.y, 2u, c);
            if bits != green || bits != blue {
                value = 0.2126 * value + 0.7152 * number(green) + 0.0722 * number(blue);
                there = select(there, 0.0, is_nan(green) || is_nan(blue));
            }
        }
        if has_alpha() {
            there = there * clamp(colour_number(0u, p.x, p.y, c - 1u, c), 0.0, 1.0);
        }
    }
    textureStore(data_out, p, vec4f(value, there, 0.0, 0.0));
}

// Up to three numbers as the file has them, and whether they are there.
@compute @workgroup_size(8, 8) fn values(@builtin(global_invocation_id) id: vec3u) {
    if id.x >= u.size.x || id.y >= u.rows {
        return;
    }
    let p = vec2u(id.x, id.y + u.first_row);
    var v = vec4f(0.0, 0.0, 0.0, 1.0);
    if YUV == 1u {
        v = yuv_pixel(p);
    } else {
        let c = CHANNELS;
        let count = min(select(c, c - 1u, has_alpha()), 3u);
        for (var k = 0u; k < count; k++) {
            let bits = raw_bits(0u, p.x, p.y, k, c);
            if is_nan(bits) {
                v.a = 0.0;
            } else {
                v[k] = number(bits);
            }
        }
        if has_alpha() {
            v.a = v.a * clamp(colour_number(0u, p.x, p.y, c - 1u, c), 0.0, 1.0);
        }
    }
    textureStore(values_out, p, v);
}
