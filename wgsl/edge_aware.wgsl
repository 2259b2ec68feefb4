// Softness that keeps the picture's outlines: a Gaussian over (planar Z, confidence), built from
// hops over distances that are powers of two (the "algorithme a trous": Holschneider et al., 1989;
// with edge stops: Dammertz et al., 2010), none of which leads across an outline.
//
// An outline is where the picture changes within reach of a step of depth. So what a picture shows
// inside an object stops nothing, and the map's own step may lie a few pixels beside the outline:
// what counts is on which side of it a pixel is. Crossing an outline costs, and costs add up along
// the way (a geodesic, as in the domain transform of Gastal and Oliveira, 2011), so that nothing
// passes from one object to another of the same colour beyond it.
// uniforms: EdgeAware
@group(0) @binding(0) var<storage, read> u: EdgeAware;
@group(0) @binding(1) var source: texture_2d<f32>;
@group(0) @binding(2) var result: texture_storage_2d<rg32float, write>;
@group(0) @binding(3) var guide: texture_2d<f32>;
@group(0) @binding(4) var guide_sampler: sampler;
@group(0) @binding(5) var ways: texture_2d<f32>;  // costs added up along rows, and columns
@group(0) @binding(6) var hard: texture_storage_2d<rgba16float, write>;
@group(0) @binding(7) var depth: texture_2d<f32>;

// Shares of depth: steps below the first are none (those of 8-bit maps are smaller), those above the
// second all count.
const NO_STEP = 0.008;
const STEP = 0.02;
const NOISE = 1.5;         // times the mean noise: a step that noise may be
const CONTRAST = 0.1;      // of the square root of light: an outline this strong lets 1/e pass
const WALL = 20.0;         // the highest cost between two pixels: e to the -20th passes
const NO_COST = 1e-3;      // of a way that crosses no outline
const PARTS = 64;          // that a row is added up in
const LEAST_TRUST = 1e-3;  // weight of a pixel right beside an outline
const RIDGE = 3;           // pixels on either side over which a soft outline is one outline
const SLOPE = 0.1;         // of its height: a pixel of a ramp differs this much from both beside it
const X = vec2i(1, 0);
const Y = vec2i(0, 1);

fn size() -> vec2i {
    return vec2i(textureDimensions(source));
}

fn is_inside(p: vec2i) -> bool {
    return all(p >= vec2i(0)) && all(p < size());
}

// -- outlines: between which neighbours depth may not pass --

// (depth, whether it is there) of the smoothed map.
fn smooth_depth(p: vec2i) -> vec2f {
    return select(vec2f(0.0), textureLoad(source, p, 0).xy, is_inside(p));
}

// How far depth steps between p and p + axis, as a share of it: by how much it changes there more
// than on either side, over the same `reach`. So neither a slope is a step, however steep, nor the
// edge where two slopes meet.
fn step_over(p: vec2i, axis: vec2i, reach: i32) -> f32 {
    let near = (reach + 1) / 2;
    let a = smooth_depth(p - (near - 1 + reach) * axis);
    let b = smooth_depth(p - (near - 1) * axis);
    let c = smooth_depth(p + near * axis);
    let d = smooth_depth(p + (near + reach) * axis);
    // What is missing is no step; where only one side is known, both are like it.
    if min(b.y, c.y) <= 0.0 || max(a.y, d.y) <= 0.0 {
        return 0.0;
    }
    let way = sign(c.x - b.x);
    let before = select(way * (d.x - c.x), way * (b.x - a.x), a.y > 0.0);
    let after = select(way * (b.x - a.x), way * (d.x - c.x), d.y > 0.0);
    return (abs(c.x - b.x) - max(max(before, after), 0.0)) / max(min(b.x, c.x), 1e-30);
}

// Mean difference of five pixels from the smoothed map, as a share of depth.
fn noise_at(p: vec2i) -> f32 {
    let apart = max(u.reach / 4, 1);
    var sum = 0.0;
    var count = 0.0;
    for (var k = 0; k < 5; k++) {
        let at = clamp(p + (k - 2) * vec2i(apart, select(-apart, apart, (k & 1) == 1)),
                       vec2i(0), size() - 1);
        let own = textureLoad(depth, at, 0).xy;
        let mean = smooth_depth(at);
        if mean.y > 0.0 && (own.y > 0.0 || u.everywhere == 1u) {
            sum += abs(own.x - mean.x) / max(mean.x, 1e-30);
            count += 1.0;
        }
    }
    return select(1e9, sum / count, count > 0.0);
}

// Noise beside p, where a step that runs through p's neighbourhood does not count.
fn noise_near(p: vec2i) -> f32 {
    let noise = min(min(noise_at(p - u.reach * X), noise_at(p + u.reach * X)),
                    min(noise_at(p - u.reach * Y), noise_at(p + u.reach * Y)));
    return select(0.0, noise, noise < 1e8);
}

// 0..1: whether depth steps near p, along either axis, by more than noise would.
fn stepping(p: vec2i) -> f32 {
    var most = 0.0;
    for (var scale = 1; scale <= 2; scale++) {
        let reach = (u.reach * scale) / 2;
        most = max(most, max(step_over(p, X, reach), step_over(p, Y, reach)));
    }
    if most > NO_STEP {
        most -= NOISE * noise_near(p);
    }
    return smoothstep(NO_STEP, STEP, most);
}

// The picture as it looks, near enough: differences of dark tones count as the eye counts them.
fn shown(p: vec2i) -> vec3f {
    let uv = (vec2f(clamp(p, vec2i(0), size() - 1)) + 0.5) / vec2f(size());
    return sqrt(max(textureSampleLevel(guide, guide_sampler, uv, 0.0).xyz, vec3f(0.0)));
}

// The four ways through a pixel.
fn way(k: i32) -> vec2i {
    return select(vec2i(1, 2 * k - 5), vec2i(1 - k, k), k < 2);
}

// The picture with its soft outlines made hard: a pixel on a ramp takes the colour of the nearer end
// of the steepest ramp through it. So each pixel is on one side of an outline, whichever way one
// looks, and none is left by itself between two. Pixels of thin lines and points are on no ramp, nor
// are those that most of their neighbours are like.
fn hardened(p: vec2i) -> vec3f {
    let here = shown(p);
    var apart: array<vec2f, 4>;
    for (var k = 0; k < 4; k++) {
        apart[k] = vec2f(distance(here, shown(p - way(k))), distance(here, shown(p + way(k))));
    }
    var found = here;
    var steepest = 0.0;
    for (var k = 0; k < 4; k++) {
        for (var reach = 1; reach <= RIDGE; reach++) {
            let first = shown(p - reach * way(k));
            let last = shown(p + reach * way(k));
            let height = distance(first, last);
            var alike = 0;
            for (var side = 0; side < 4; side++) {
                alike += select(0, 1, apart[side].x < SLOPE * height);
                alike += select(0, 1, apart[side].y < SLOPE * height);
            }
            if height > steepest && alike <= 2 && min(apart[k].x, apart[k].y) > SLOPE * height
                && dot(here - first, last - here) > 0.0 {
                steepest = height;
                found = select(last, first, distance(here, first) < distance(here, last));
            }
        }
    }
    return found;
}

// The hardened picture, and how far depth steps there.
@compute @workgroup_size(8, 8) fn harden(@builtin(global_invocation_id) id: vec3u) {
    let p = vec2i(id.xy);
    if any(p >= size()) {
        return;
    }
    let steps = stepping(p);
    var colour = vec3f(0.0);
    if steps > 0.0 {
        colour = hardened(p);
    }
    textureStore(hard, p, vec4f(colour, steps));
}

// What it costs to go from one pixel of the hardened picture to the next.
fn cost(here: vec4f, next: vec4f) -> f32 {
    let strength = min(here.w, next.w) * distance(here.xyz, next.xyz) / CONTRAST;
    // By the fourth power: grain does not stop what an outline stops altogether.
    return min(strength * strength * strength * strength, WALL);
}

@compute @workgroup_size(8, 8) fn outlines(@builtin(global_invocation_id) id: vec3u) {
    let p = vec2i(id.xy);
    let bounds = vec2i(textureDimensions(guide));
    if any(p >= bounds) {
        return;
    }
    let here = textureLoad(guide, p, 0);
    let right = textureLoad(guide, min(p + X, bounds - 1), 0);
    let down = textureLoad(guide, min(p + Y, bounds - 1), 0);
    textureStore(result, p, vec4f(cost(here, right), cost(here, down), 0.0, 0.0));
}

var<workgroup> parts: array<f32, PARTS>;

// Costs added up along a row or a column, which one workgroup does: the way from one pixel to any
// other of it costs the difference.
@compute @workgroup_size(64) fn add_up(@builtin(workgroup_id) group: vec3u,
                                       @builtin(local_invocation_id) id: vec3u) {
    let start = i32(group.x) * (1 - u.axis);
    let length = axis_of(vec2f(size()));
    let share = (i32(length) + PARTS - 1) / PARTS;
    let first = i32(id.x) * share;
    let end = min(first + share, i32(length));
    var sum = 0.0;
    for (var at = first; at < end; at++) {
        sum += axis_of(textureLoad(source, start + at * u.axis, 0).xy);
    }
    parts[id.x] = sum;
    workgroupBarrier();
    sum = 0.0;
    for (var part = 0u; part < id.x; part++) {
        sum += parts[part];
    }
    for (var at = first; at < end; at++) {
        let p = start + at * u.axis;
        let costs = textureLoad(source, p, 0).xy;
        textureStore(result, p, vec4f(select(costs, vec2f(sum), u.axis == vec2i(1)), 0.0, 0.0));
        sum += axis_of(costs);
    }
}

// -- trust: what may lie on the wrong side of an outline counts little --

// Costs from the edge of the picture to p, along its row and its column.
fn way_to(p: vec2i) -> vec2f {
    return textureLoad(ways, clamp(p, vec2i(0), size() - 1), 0).xy;
}

// The share that passes both from a to a + X and from b to b + Y.
fn open_between(a: vec2i, b: vec2i) -> f32 {
    let across = way_to(a + X).x - way_to(a).x;
    let along = way_to(b + Y).y - way_to(b).y;
    return exp(-max(across, along));
}

// Depth with its weight; beside outlines, where the map's step may be misplaced, next to none. All
// pixels of something thin are alike in that, and it keeps its depth.
@compute @workgroup_size(8, 8) fn trust(@builtin(global_invocation_id) id: vec3u) {
    let p = vec2i(id.xy);
    if any(p >= size()) {
        return;
    }
    let reach = i32(ceil(u.trust));
    let crossing = way_to(p + reach * X).x - way_to(p - reach * X).x
        + way_to(p + reach * Y).y - way_to(p - reach * Y).y;
    var trusted = 1.0;
    for (var k = 0; k < reach && crossing > NO_COST; k++) {
        let distance = min((f32(k) + 0.5) / u.trust, 1.0);
        let most = max(distance * distance * distance, LEAST_TRUST);
        let open = min(open_between(p + k * X, p + k * Y),
                       open_between(p - (k + 1) * X, p - (k + 1) * Y));
        trusted = min(trusted, mix(most, 1.0, open));
    }
    let texel = textureLoad(source, p, 0).xy;
    let there = select(texel.y, 1.0, u.everywhere == 1u);
    let weight = there * trusted;
    textureStore(result, p, vec4f(texel.x * weight, weight, 0.0, 0.0));
}

// -- smoothing --

fn axis_of(pair: vec2f) -> f32 {
    return select(pair.y, pair.x, u.axis.x == 1);
}

// One hop along one axis, of `variance` times spacing squared. What does not get through stays, as
// heat stays in an insulated body. The long hops come first, so that the short ones even out what
// stands where an outline ends.
@compute @workgroup_size(8, 8) fn hop(@builtin(global_invocation_id) id: vec3u) {
    let p = vec2i(id.xy);
    if any(p >= size()) {
        return;
    }
    let own = textureLoad(source, p, 0).xy;
    let here = axis_of(textureLoad(ways, p, 0).xy);
    var sum = own;
    for (var count = -2; count <= 2; count++) {
        let at = p + count * u.spacing * u.axis;
        if count != 0 && is_inside(at) {
            let passing = exp(-abs(axis_of(textureLoad(ways, at, 0).xy) - here));
            let share = u.variance * select(0.0625, 0.25, abs(count) == 1) * passing;
            sum += share * (textureLoad(source, at, 0).xy - own);
        }
    }
    if u.last == 1u && sum.y > 0.0 {
        sum.x /= sum.y;
    }
    textureStore(result, p, vec4f(sum, 0.0, 0.0));
}
