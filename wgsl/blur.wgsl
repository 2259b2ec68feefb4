// One axis of a Gaussian over (value, confidence) as a normalised convolution (Knutsson and
// Westin, 1993): what is missing has no weight, so it does not bleed into what is there. Between
// the first and the last step of a blur, (value * weight, weight) is handed on.
// uniforms: Blur
override EVERYWHERE: u32 = 0u;  // every pixel counts, whatever its confidence
override FIRST: u32 = 0u;
override LAST: u32 = 0u;
override SPACED: u32 = 0u;      // computed at samples `spacing` apart
override STOPS: u32 = 0u;       // not across steps of more than `threshold`

@group(0) @binding(0) var<storage, read> u: Blur;
@group(0) @binding(1) var source: texture_2d<f32>;
@group(0) @binding(2) var blurred: texture_storage_2d<rg32float, write>;

fn weighted(at: vec2i) -> vec2f {
    let texel = textureLoad(source, at, 0).xy;
    let weight = select(texel.y, 1.0, EVERYWHERE == 1u);
    return select(texel, vec2f(texel.x * weight, weight), FIRST == 1u);
}

fn finish(p: vec2i, sum: vec2f) {
    let known = select(sum, vec2f(sum.x / sum.y, sum.y), LAST == 1u && sum.y > 0.0);
    textureStore(blurred, p, vec4f(known, 0.0, 0.0));
}

// Where along the axis a sample lies: on pixels, or spacing apart from one before the first.
fn place(index: i32) -> i32 {
    return select(index, (index - 1) * u.spacing, SPACED == 1u);
}

@compute @workgroup_size(8, 8) fn blur(@builtin(global_invocation_id) id: vec3u) {
    let size = vec2i(textureDimensions(source));
    let p = vec2i(id.xy);
    let length = dot(size, u.axis);
    let centre = place(dot(p, u.axis));
    if any(p >= size) || centre >= length + 2 * u.spacing {
        return;
    }
    if STOPS == 1u {
        textureStore(blurred, p, vec4f(within_steps(p), 1.0, 0.0, 0.0));
        return;
    }
    let across = p * (1 - u.axis);
    let reach = i32(ceil(3.0 * u.sigma));
    var sum = vec2f(0.0);
    for (var at = max(centre - reach, 0); at <= min(centre + reach, length - 1); at++) {
        let d = f32(at - centre) / u.sigma;
        sum += exp(-0.5 * d * d) * weighted(across + at * u.axis);
    }
    finish(p, sum / (2.5066283 * max(u.sigma, 0.4)));
}

// The same of what lies on this side of the next step. As much counts before as behind, so that
// slopes keep their way.
fn within_steps(p: vec2i) -> f32 {
    let size = vec2i(textureDimensions(source));
    let here = textureLoad(source, p, 0).x;
    let reach = i32(ceil(3.0 * u.sigma));
    var ends = vec2f(here);
    var open = true;
    var sum = here;
    var weights = 1.0;
    for (var k = 1; k <= reach; k++) {
        let before = p - k * u.axis;
        let behind = p + k * u.axis;
        let next = vec2f(textureLoad(source, max(before, vec2i(0)), 0).x,
                         textureLoad(source, min(behind, size - 1), 0).x);
        let stepped = abs(next - ends) > u.threshold * min(abs(next), abs(ends));
        open = open && !any(stepped) && all(before >= vec2i(0)) && all(behind < size);
        ends = next;
        let d = f32(k) / u.sigma;
        let weight = exp(-0.5 * d * d);
        sum += weight * select(2.0 * here, next.x + next.y, open);
        weights += 2.0 * weight;
    }
    return sum / weights;
}

// What was computed `spacing` pixels apart, on all pixels: a uniform cubic B-spline.
@compute @workgroup_size(8, 8) fn spread(@builtin(global_invocation_id) id: vec3u) {
    let p = vec2i(id.xy);
    if any(p >= vec2i(textureDimensions(source))) {
        return;
    }
    let along = dot(p, u.axis);
    let first = p * (1 - u.axis) + along / u.spacing * u.axis;
    let f = f32(along % u.spacing) / f32(u.spacing);
    let g = 1.0 - f;
    let shares = vec4f(g * g * g, 4.0 - 6.0 * f * f + 3.0 * f * f * f,
                       4.0 - 6.0 * g * g + 3.0 * g * g * g, f * f * f) / 6.0;
    var sum = vec2f(0.0);
    for (var k = 0; k < 4; k++) {
        sum += shares[k] * textureLoad(source, first + k * u.axis, 0).xy;
    }
    finish(p, sum);
}
