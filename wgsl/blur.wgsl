// One axis of a Gaussian over (value, confidence) as a normalised convolution (Knutsson and
// Westin, 1993): what is missing has no weight, so it does not bleed into what is there.
// uniforms: Blur
@group(0) @binding(0) var<uniform> u: Blur;
@group(0) @binding(1) var source: texture_2d<f32>;
@group(0) @binding(2) var blurred: texture_storage_2d<rg32float, write>;

const MAX_TAPS = 48.0;  // a side; beyond, the taps are spread: sigma / 16 apart is plenty

@compute @workgroup_size(8, 8) fn blur(@builtin(global_invocation_id) id: vec3u) {
    let size = vec2i(textureDimensions(source));
    let p = vec2i(id.xy);
    if any(p >= size) {
        return;
    }
    let centre = textureLoad(source, p, 0).xy;
    let reach = 3.0 * u.sigma;
    let spacing = max(1.0, ceil(reach / MAX_TAPS));
    let taps = i32(ceil(reach / spacing));
    var sum = 0.0;
    var weights = 0.0;
    for (var k = -taps; k <= taps; k++) {
        let along = f32(k) * spacing;
        let at = p + vec2i(i32(along)) * u.axis;
        if any(at < vec2i(0)) || any(at >= size) {
            continue;
        }
        let tap = textureLoad(source, at, 0).xy;
        let w = exp(-0.5 * along * along / (u.sigma * u.sigma)) * select(tap.y, 1.0, u.everywhere == 1u);
        sum += w * tap.x;
        weights += w;
    }
    // A hole stays a hole: the plane stands there.
    let filled = vec2f(sum / max(weights, 1e-20), centre.y);
    textureStore(blurred, p, vec4f(select(centre, filled, weights > 0.0 && (centre.y > 0.0 || u.everywhere == 1u)), 0.0, 0.0));
}
