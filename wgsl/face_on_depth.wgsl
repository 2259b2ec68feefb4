// A face's own shape within the depth of the whole picture (see passes/face_on_depth.py): inside its
// rim the face, outside the depth map, and over the skirt what the two differ by at the rim fades
// away: without a step, and as smoothly as the face and the map meet it.
// requires: surface, fullscreen
// uniforms: FaceOnDepth
@group(0) @binding(0) var<storage, read> u: FaceOnDepth;
@group(0) @binding(1) var depth_map: texture_2d<f32>;  // share of inverse depth, confidence

const SMALLEST = 1e-6;
const LOOK = 0.06;        // of the skirt: over how much the map's slope is measured
const OUTLINE = vec2f(0.25, 0.5);  // of the face's width: what differs more stands before something
const TURN = 0.15;        // of the face's width: how far the skirt may turn beyond what it joins

struct FaceVarying {
    @builtin(position) position: vec4f,
    @location(0) own: vec4f,   // x, y in pixels, height in pixels, k
    @location(1) rim: vec4f,   // the rim's point, and from it to the end of the skirt
    @location(2) join: vec4f,  // the rim's height and slope, share of the skirt (-1 inside), width
};

@vertex fn face(@location(0) own: vec4f, @location(1) rim: vec4f, @location(2) join: vec4f,
                @location(3) order: f32) -> FaceVarying {
    let ndc = vec2f(own.x / u.size.x * 2.0 - 1.0, 1.0 - own.y / u.size.y * 2.0);
    return FaceVarying(vec4f(ndc, order, 1.0), own, rim, join);
}

@fragment fn keep(@builtin(position) at: vec4f) -> @location(0) vec4f {
    return textureLoad(depth_map, vec2i(at.xy), 0);
}

// (share, confidence) of the map at a point of the picture, in pixels of the picture.
fn share_at(point: vec2f) -> vec2f {
    let size = vec2i(textureDimensions(depth_map));
    let at = point / u.size * vec2f(size) - 0.5;
    let base = vec2i(floor(at));
    let f = at - floor(at);
    var sum = vec2f(0.0);
    var weights = 0.0;
    for (var k = 0; k < 4; k++) {
        let corner = vec2i(k & 1, k >> 1u);
        let found = textureLoad(depth_map, clamp(base + corner, vec2i(0), size - 1), 0).xy;
        let weight = select(1.0 - f.x, f.x, corner.x == 1) * select(1.0 - f.y, f.y, corner.y == 1);
        if found.y > 0.0 {
            sum += weight * found;
            weights += weight;
        }
    }
    return sum / max(weights, SMALLEST);
}

// Planar distance of a point on the surface's plane, times k: where a face of height 0 lies.
fn base_depth(point: vec2f, k: f32) -> f32 {
    let q = (u.to_surface * vec3f(point / u.size, 1.0)).xy;
    return max(k * plane_depth(q, u.source_z), SMALLEST);
}

// Heights over that, in heights of the picture, and back. The face's scale is that of what it lies on.
fn height_of(share: f32, base: f32) -> f32 {
    let z = 1.0 / mix(1.0 / u.far, 1.0 / u.near, max(share, 0.0));
    return (1.0 - z / base) * u.distance / u.height;
}

fn share_of(height: f32, base: f32) -> f32 {
    let z = max(base * (1.0 - height * u.height / u.distance), SMALLEST * base);
    return (1.0 / z - 1.0 / u.far) / (1.0 / u.near - 1.0 / u.far);
}

@fragment fn joined(in: FaceVarying) -> @location(0) vec4f {
    let k = in.own.w;
    let base = base_depth(in.own.xy, k);
    let s = in.join.z;
    let here = textureLoad(depth_map, vec2i(in.position.xy), 0).xy;
    if s < 0.0 {
        return vec4f(clamp(share_of(in.own.z / u.size.y, base), u.low, u.high), 1.0, 0.0, 0.0);
    }
    let at_rim = share_at(in.rim.xy);
    if here.y <= 0.0 || at_rim.y <= 0.0 {
        return vec4f(here, 0.0, 0.0);
    }
    let under = height_of(at_rim.x, base_depth(in.rim.xy, k));
    let beyond = in.rim.xy + LOOK * in.rim.zw;
    let slope = (height_of(share_at(beyond).x, base_depth(beyond, k)) - under) / LOOK;
    let width = in.join.w / u.size.y;
    let step = in.join.x / u.size.y - under;
    // Where the map lies far behind the rim the face stands before it: that is an outline.
    let joins = 1.0 - smoothstep(OUTLINE.x, OUTLINE.y, abs(step) / width);
    let most = 3.0 * abs(step) + TURN * width;
    let turn = clamp(in.join.y / u.size.y - slope, -most, most);
    let t = min(s, 1.0);
    let fades = (1.0 - t) * (1.0 - t);
    // A cubic Hermite curve: step and turn at the rim, level at the end.
    let added = joins * fades * ((1.0 + 2.0 * t) * step + t * turn);
    let height = height_of(here.x, base) + added;
    return vec4f(clamp(share_of(height, base), u.low, u.high), here.y, 0.0, 0.0);
}
