// A Z-Depth map to *surface Z*: at each point of the surface's lattice the planar distance from the
// source camera, in scene units, and the confidence in it.
// In this order: levels, range, invert, depth scale, softness, holes, region of interest, effect
// (z-depth.md, section 2).
// requires: surface, slopes
// uniforms: ZMap
@group(0) @binding(0) var<storage, read> u: ZMap;
@group(0) @binding(1) var depth_map: texture_2d<f32>;
@group(0) @binding(2) var surface_z: texture_storage_2d<rg32float, write>;
@group(0) @binding(3) var soft_depth: texture_2d<f32>;
@group(0) @binding(4) var regions: texture_2d<f32>;  // over the map's picture: 1 where it counts
@group(0) @binding(5) var regions_sampler: sampler;

// What the map is and how it lies: constants, because software adapters run every branch that is not
// decided when the shader is compiled.
override RANGE: u32 = 0u;
override INVERT: u32 = 0u;
override GAMMA: u32 = 0u;    // whether levels bend
override REPEAT: u32 = 0u;   // none, repeat, mirror
override EXACT: u32 = 0u;    // the map lies on the lattice, texel on texel
override REGIONS: u32 = 0u;  // whether there is a region of interest
override NOTHING: u32 = 0u;  // bits, of those below
override HOLES: u32 = 0u;    // what stands where depth is missing: the plane, what wgsl/holes.wgsl
                             // found, or far

const APART = 1u;            // what is infinite or means nothing is far, and no depth to average with
const FAR_VALUE = 2u;        // a value means that, and all beyond it
const MISSING_VALUE = 4u;    // a value means that depth is missing
const ALIKE_VALUES = 1e-6;   // share by which a value is not another
const TO_FAR = 2u;           // of HOLES

const NORMALIZED = 0u;
const ABSOLUTE = 1u;
const INVERSE = 2u;
const RELIEF = 3u;
const SHARE = 4u;  // of the inverse depths from far to near
const RAY = 5u;    // distances along the rays of the source camera

const FAR_AWAY = 2.9e38;  // infinity, as wgsl/upload.wgsl writes it
const FURTHEST = 3.0e38;
const HUGE = 1e9;         // scene units or shares: more would leave the range of numbers
const NEAREST = 1e-3;     // of the plane's distance: as near as a point gets to its source camera

fn levels(v: f32) -> f32 {
    if abs(v) >= FAR_AWAY {
        return v;
    }
    let scaled = (v - u.levels.x) * u.levels.y;
    if GAMMA == 0u {
        return scaled;
    }
    return pow(max(scaled, 0.0), u.levels.z);
}

// Planar distance of a point as a share of its distance from the source camera, on the ray through
// the plane's point q.
fn along_axis(q: vec2f) -> f32 {
    let p = u.source_axes * vec4f(q, 0.0, 1.0);
    return p.z / max(length(p.xyz), 1e-30);
}

// Whether maps are marked: (z, confidence) of depth; of confidence 0 (-z, 0) for what means nothing
// and is far, (z of the plane, 0) for a hole, and (0, 0) where there is no map.
fn is_marked() -> bool {
    return NOTHING != 0u || HOLES != 0u;
}

// Where there is no map.
fn outside(plane: f32) -> vec2f {
    return vec2f(select(plane, 0.0, is_marked()), 0.0);
}

// A map's value with what means nothing as infinity, and whether it is there.
fn known(texel: vec2f) -> vec2f {
    let v = texel.x;
    if (NOTHING & MISSING_VALUE) != 0u && abs(v - u.nothing.y) <= ALIKE_VALUES * abs(u.nothing.y) {
        return vec2f(v, 0.0);
    }
    let end = u.nothing.x * (1.0 - ALIKE_VALUES);
    if (NOTHING & FAR_VALUE) != 0u && select(v >= end, v <= end, end < 0.0) {
        return vec2f(FURTHEST, texel.y);
    }
    return texel;
}

// (planar Z, confidence) of a map value at the plane's point q, or marked. Confidence 0: no depth.
fn decoded(texel: vec2f, q: vec2f) -> vec2f {
    let plane = plane_depth(q, u.source_z);
    if plane <= 1e-6 {  // behind the source camera
        return outside(plane);
    }
    let value = known(texel);
    var there = value.y;
    let v = levels(value.x);
    var z = plane;
    switch RANGE {
        case NORMALIZED: {
            there = select(there, 0.0, v <= -FAR_AWAY);
            z = mix(u.near, u.far, clamp(select(v, 1.0 - v, INVERT == 1u), -HUGE, 1.0));
        }
        case ABSOLUTE: {
            there = select(there, 0.0, v <= 0.0);
            z = min(v * u.depth_scale, u.far);
            z = select(z, min(u.near + u.far - z, u.far), INVERT == 1u);
        }
        case RAY: {
            there = select(there, 0.0, v <= 0.0);
            z = min(v * u.depth_scale * along_axis(q), u.far);
            z = select(z, min(u.near + u.far - z, u.far), INVERT == 1u);
        }
        case INVERSE: {
            let inverse = select(v, u.depth_scale / u.near + u.depth_scale / u.far - v, INVERT == 1u);
            // Zero, and noise around it, is infinitely far.
            z = select(min(u.depth_scale / max(inverse, 1e-30), u.far), u.far, inverse <= 0.0);
        }
        case SHARE: {
            z = 1.0 / mix(1.0 / u.far, 1.0 / u.near, clamp(v, 0.0, HUGE));
        }
        default: {
            let distance = u.source_origin.z;
            there = select(there, 0.0, abs(v) >= FAR_AWAY || abs(distance) < 1e-6);
            let height = clamp(select(v, 1.0 - v, INVERT == 1u) * u.relief_depth, -HUGE, HUGE);
            // The point of the camera's ray that lies `height` over the plane.
            z = plane * (1.0 - height / distance);
        }
    }
    if RANGE != RELIEF && v >= FAR_AWAY {
        z = u.far;  // infinity is far, whichever way the map runs
    }
    // Nothing lies behind the source camera.
    z = max(z + u.z_offset, NEAREST * plane);
    if (NOTHING & APART) != 0u && RANGE != RELIEF && v >= FAR_AWAY && there > 0.0 {
        return vec2f(-z, 0.0);
    }
    return vec2f(select(plane, z, there > 0.0), there);
}

fn wrapped(i: vec2i, size: vec2i) -> vec2i {
    if REPEAT == 1u {
        return ((i % size) + size) % size;
    }
    if REPEAT == 2u {
        let period = 2 * size;
        let m = ((i % period) + period) % period;
        return select(m, period - 1 - m, m >= size);
    }
    return clamp(i, vec2i(0), size - 1);
}

fn tap(i: vec2i, q: vec2f) -> vec2f {
    let size = vec2i(textureDimensions(depth_map));
    return decoded(textureLoad(depth_map, wrapped(i, size), 0).xy, q);
}

// Whether depth steps on the way from the map's pixel i to i + axis. What is not there goes on.
fn steps(i: vec2i, axis: vec2i, here: vec2f, next: vec2f, q: vec2f) -> bool {
    if here.y <= 0.0 || next.y <= 0.0 {
        return false;
    }
    let before = tap(i - axis, q);
    let after = tap(i + 2 * axis, q);
    let size = vec2i(textureDimensions(depth_map));
    let open = REPEAT == 0u;
    let first = before.y <= 0.0 || (open && any(i - axis < vec2i(0)));
    let last = after.y <= 0.0 || (open && any(i + 2 * axis >= size));
    return is_step(select(before.x, 2.0 * here.x - next.x, first), here.x, next.x,
                   select(after.x, 2.0 * next.x - here.x, last));
}

// (planar Z, confidence) between the map's pixels base and base + 1: interpolated on slopes, the
// nearest across a step, and of those that are there. Where most is missing, it is missing.
fn between(base: vec2i, fraction: vec2f, q: vec2f) -> vec2f {
    let x = vec2i(1, 0);
    let y = vec2i(0, 1);
    var taps = array<vec2f, 4>(tap(base, q), tap(base + x, q), tap(base + y, q), tap(base + x + y, q));
    var f = fraction;
    if !is_flat(vec4f(taps[0].x, taps[1].x, taps[2].x, taps[3].x)) {
        if steps(base, x, taps[0], taps[1], q) || steps(base + y, x, taps[2], taps[3], q) {
            f.x = round(f.x);
        }
        if steps(base, y, taps[0], taps[2], q) || steps(base + x, y, taps[1], taps[3], q) {
            f.y = round(f.y);
        }
    }
    let shares = vec4f((1.0 - f.x) * (1.0 - f.y), f.x * (1.0 - f.y), (1.0 - f.x) * f.y, f.x * f.y);
    var sum = vec2f(0.0);
    var weights = 0.0;
    var away = vec2f(0.0);
    for (var k = 0; k < 4; k++) {
        if taps[k].y > 0.0 {
            sum += taps[k] * shares[k];
            weights += shares[k];
        } else if is_marked() && taps[k].x < 0.0 {
            away += vec2f(taps[k].x, 1.0) * shares[k];
        }
    }
    if weights + away.y < 0.5 {
        let plane = plane_depth(q, u.source_z);
        return select(vec2f(plane, 0.0), outside(plane), plane <= 1e-6);
    }
    // Of depth and what is far there is nothing between.
    return select(sum / max(weights, 1e-30), vec2f(away.x / max(away.y, 1e-30), 0.0), away.y > weights);
}

fn plane_at(p: vec2u) -> vec2f {
    return plane_of_uv((vec2f(p) + 0.5) / vec2f(u.lattice), u.surface_size);
}

// (planar Z, confidence) of the map at a point of the lattice.
fn decoded_at(p: vec2u) -> vec2f {
    let q = plane_at(p);
    if EXACT == 1u {
        return decoded(textureLoad(depth_map, p, 0).xy, q);
    }
    let uv = (u.to_map * vec3f(q, 1.0)).xy;
    if REPEAT == 0u && (any(uv < vec2f(0.0)) || any(uv > vec2f(1.0))) {
        return outside(plane_depth(q, u.source_z));
    }
    let at = uv * vec2f(textureDimensions(depth_map)) - 0.5;
    return between(vec2i(floor(at)), at - floor(at), q);
}

// (depth, confidence, how much it counts) of a decoded place, which may be marked. soft: its depth
// where it is known.
fn unmarked(mark: vec2f, soft: f32) -> vec3f {
    if mark.y > 0.0 || !is_marked() {
        return vec3f(soft, mark.y, mark.y);
    }
    if mark.y < 0.0 {  // filled
        return vec3f(mark.x, 0.0, 1.0);
    }
    if mark.x < 0.0 {
        return vec3f(-mark.x, 1.0, 1.0);
    }
    if HOLES == TO_FAR && RANGE != RELIEF && mark.x > 0.0 {
        return vec3f(max(u.far + u.z_offset, NEAREST * mark.x), 0.0, 1.0);
    }
    return vec3f(0.0);
}

// Effect, and what keeps the result drawable. Where there is no depth the plane stands.
fn applied(p: vec2u, mark: vec2f, soft: f32) -> vec4f {
    let q = plane_at(p);
    let plane = plane_depth(q, u.source_z);
    var counts = 1.0;
    if REGIONS == 1u {
        let uv = (u.to_map * vec3f(q, 1.0)).xy;
        counts = textureSampleLevel(regions, regions_sampler, uv, 0.0).x;
    }
    let found = unmarked(mark, soft);
    if found.z * counts <= 0.0 {
        return vec4f(plane, 0.0, 0.0, 0.0);
    }
    let moved = plane + u.effect * counts * (found.x - plane);
    // A strong or negative effect may ask for points behind the camera.
    return vec4f(max(moved, NEAREST * plane), found.y * counts, 0.0, 0.0);
}

// From the map to surface Z at once.
@compute @workgroup_size(8, 8) fn decode(@builtin(global_invocation_id) id: vec3u) {
    if any(id.xy >= u.lattice) {
        return;
    }
    let found = decoded_at(id.xy);
    textureStore(surface_z, id.xy, applied(id.xy, found, found.x));
}

// The same in two steps, between which depth is made soft.
@compute @workgroup_size(8, 8) fn decode_sharp(@builtin(global_invocation_id) id: vec3u) {
    if any(id.xy >= u.lattice) {
        return;
    }
    textureStore(surface_z, id.xy, vec4f(decoded_at(id.xy), 0.0, 0.0));
}

// A hole stays a hole, unless it was filled.
@compute @workgroup_size(8, 8) fn apply_soft(@builtin(global_invocation_id) id: vec3u) {
    if any(id.xy >= u.lattice) {
        return;
    }
    let depth = textureLoad(soft_depth, id.xy, 0).x;
    textureStore(surface_z, id.xy, applied(id.xy, textureLoad(depth_map, id.xy, 0).xy, depth));
}
