// A network's depth at picture size, from the two layers of depth_layers.wgsl.
//
// A pixel takes one of the two: along the way on which depth steps, the picture is cut in two where
// its colours differ most and the map is not against it (the split with the least variance on both
// sides: Otsu, 1979, "A threshold selection method", here along a line). One cut to a line: texture
// can move an outline a little, and nothing else. Cuts are found a few to a pixel of the map, which
// is all that the lines they lie on can tell apart, and not for every pixel of a large picture.
// uniforms: DepthMap
@group(0) @binding(0) var<storage, read> u: DepthMap;
@group(0) @binding(6) var layers: texture_2d<f32>;      // value, nearer, farther, confidence
@group(0) @binding(7) var steps: texture_2d<f32>;       // share of the nearer layer, way, strength
@group(0) @binding(8) var guide: texture_2d<f32>;
@group(0) @binding(9) var smooth_sampler: sampler;
@group(0) @binding(10) var result: texture_storage_2d<rg32float, write>;
@group(0) @binding(11) var cuts_made: texture_storage_2d<rgba16float, write>;
@group(0) @binding(12) var cuts: texture_2d<f32>;       // how far inside the nearer layer, way

const LENGTH = 2.5;        // pixels of the map on either side over which an outline is looked for
const SLACK = 0.1;         // of a step: how far the way down the other side of something thin goes
const ASIDE = 0.3;         // what it costs to cut a pixel of the map from where it has the step
const GRAIN = 0.03;        // of the square root of light: noise of a picture
const UNSURE = 0.4;        // a cut that explains less than this share of what is seen is none
const SURE = 0.7;          // one that explains more is trusted
const VOTERS = 0.7;        // pixels of the map within which outlines are evened out
const AROUND = 8;          // voters to a circle
const NO_CUT = 1e3;

// (value, nearer, farther, confidence) between the map's pixels, of those that are there.
fn layers_at(uv: vec2f) -> vec4f {
    let size = vec2i(textureDimensions(layers));
    let at = uv * vec2f(size) - 0.5;
    let base = vec2i(floor(at));
    let f = at - floor(at);
    var sum = vec4f(0.0);
    var weights = 0.0;
    for (var k = 0; k < 4; k++) {
        let corner = vec2i(k & 1, k >> 1u);
        let found = textureLoad(layers, clamp(base + corner, vec2i(0), size - 1), 0);
        let share = select(1.0 - f.x, f.x, corner.x == 1) * select(1.0 - f.y, f.y, corner.y == 1);
        if found.w > 0.0 {
            sum += share * found;
            weights += share;
        }
    }
    return select(vec4f(0.0), sum / max(weights, 1e-6), weights >= 0.5);
}

fn steps_at(uv: vec2f) -> vec4f {
    return textureSampleLevel(steps, smooth_sampler, uv, 0.0);
}

// The picture as it looks, near enough: differences of dark tones count as the eye counts them.
fn shown(uv: vec2f) -> vec3f {
    return sqrt(max(textureSampleLevel(guide, smooth_sampler, uv, u.level).xyz, vec3f(0.0)));
}

// How far inside the nearer layer the pixel at uv is, in pixels of the map, along the way on which it
// steps; negative inside the farther. share: of the nearer layer there. toward: the way.
fn inside(uv: vec2f, share: f32, toward: vec2f) -> f32 {
    let way = toward / vec2f(textureDimensions(layers));
    let spacing = u.spacing;  // pixels of the map
    let most = i32(LENGTH / spacing);
    // How far the map rises one way and falls the other: beyond that another step begins.
    var up = 0;
    var down = 0;
    var highest = share;
    var lowest = share;
    var climbing = true;
    var falling = true;
    var before = 0.0;  // samples that the map has on the farther side
    for (var k = 1; k <= most; k++) {
        let above = steps_at(uv + f32(k) * spacing * way);
        let below = steps_at(uv - f32(k) * spacing * way);
        let over = above.x;
        let under = below.x;
        climbing = climbing && over >= highest - SLACK && above.w > 0.5;
        falling = falling && under <= lowest + SLACK && below.w > 0.5;
        highest = select(highest, max(highest, over), climbing);
        lowest = select(lowest, min(lowest, under), falling);
        up = select(up, k, climbing);
        down = select(down, k, falling);
        before += select(0.0, 1.0, climbing && over < 0.5) + select(0.0, 1.0, falling && under < 0.5);
    }
    before += select(0.0, 1.0, share < 0.5);
    let count = f32(up + down + 1);
    if highest < 0.5 || lowest >= 0.5 || count < 3.0 {
        return select(-LENGTH, LENGTH, share >= 0.5);
    }
    var all_sum = vec3f(0.0);
    var squares = 0.0;
    for (var k = -down; k <= up; k++) {
        let c = shown(uv + f32(k) * spacing * way);
        all_sum += c;
        squares += dot(c, c);
    }
    let total = squares - dot(all_sum, all_sum) / count + count * GRAIN * GRAIN;
    var sum = vec3f(0.0);
    var best = -1e9;
    var cut = 0.0;
    var explained = 0.0;
    for (var k = -down; k < up; k++) {
        sum += shown(uv + f32(k) * spacing * way);
        let n = f32(k + down + 1);
        let apart = sum / n - (all_sum - sum) / (count - n);
        let gain = n * (count - n) / count * dot(apart, apart) / total;
        let off = (n - before) * spacing;
        let score = gain - ASIDE * off * off;
        if score > best {
            best = score;
            cut = f32(k) + 0.5;
            explained = gain;
        }
    }
    // Where the picture has no edge the best cut is chance: the map's own is smoother.
    let own = before - f32(down) - 0.5;
    return -mix(own, cut, smoothstep(UNSURE, SURE, explained)) * spacing;
}

// Where a pixel of the coarser lattice of cuts lies, in pixels of the picture.
fn centre_of(q: vec2i) -> vec2f {
    return (vec2f(q) + 0.5) * f32(u.coarse);
}

@compute @workgroup_size(8, 8) fn find_cuts(@builtin(global_invocation_id) id: vec3u) {
    if any(id.xy >= textureDimensions(cuts_made)) {
        return;
    }
    let uv = centre_of(vec2i(id.xy)) / vec2f(u.lattice);
    let found = layers_at(uv);
    var made = vec4f(NO_CUT, 0.0, 0.0, 0.0);
    if found.y > found.z {
        let step = steps_at(uv);
        let way = normalize(step.yz + vec2f(1e-6, 0.0));
        made = vec4f(inside(uv, step.x, way), way, 0.0);
    }
    textureStore(cuts_made, id.xy, made);
}

// Whether most of the cuts around p say that p is of the nearer layer: each moved to p. So outlines
// are as smooth as the map, and no pixel is left by itself.
fn is_nearer(p: vec2f) -> bool {
    let per_pixel = vec2f(textureDimensions(layers)) / vec2f(u.lattice);
    let last = vec2i(textureDimensions(cuts)) - 1;
    var votes = 0.0;
    for (var k = 0; k <= 2 * AROUND; k++) {
        let ring = select(0.5 * VOTERS, VOTERS, k > AROUND) * select(1.0, 0.0, k == 0);
        let turn = 6.2831853 * f32(k) / f32(AROUND);
        let d = ring * vec2f(cos(turn), sin(turn)) / per_pixel;
        let q = clamp(vec2i(floor((p + d) / f32(u.coarse))), vec2i(0), last);
        let cut = textureLoad(cuts, q, 0);
        if cut.x < NO_CUT {
            votes += sign(cut.x - dot((centre_of(q) - p) * per_pixel, cut.yz));
        }
    }
    return votes > 0.0;
}

@compute @workgroup_size(8, 8) fn enlarge(@builtin(global_invocation_id) id: vec3u) {
    if any(id.xy >= u.lattice) {
        return;
    }
    let p = vec2f(id.xy) + 0.5;
    let found = layers_at(p / vec2f(u.lattice));
    var value = found.x;
    if found.y > found.z {
        value = select(found.z, found.y, is_nearer(p));
    }
    textureStore(result, id.xy, vec4f(value, found.w, 0.0, 0.0));
}
