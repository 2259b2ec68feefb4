// What maps say of the point that a fragment shows, besides its depth, normal and colour.
// requires: draw
// uniforms: Motion
@group(2) @binding(0) var position_map: texture_2d<f32>;
@group(2) @binding(1) var uv_map: texture_2d<f32>;
@group(2) @binding(2) var forward_map: texture_2d<f32>;
@group(2) @binding(3) var backward_map: texture_2d<f32>;
@group(2) @binding(4) var<uniform> motion: Motion;

// The nearest sample: between two objects there is no third. Alpha is 0 where there is none.
fn map_value(map: texture_2d<f32>, uv: vec2f) -> vec4f {
    let size = vec2i(textureDimensions(map));
    return textureLoad(map, clamp(vec2i(floor(uv * vec2f(size))), vec2i(0), size - 1), 0);
}

fn position_of(point: Point) -> vec3f {
    if flag(POSITION_MAP) {
        let mapped = map_value(position_map, point.uv);
        return select(point.shown_at, mapped.xyz, mapped.a >= 0.5);
    }
    return point.shown_at;
}

// Its origin is top left, on disk it will be bottom left.
fn texture_place_of(point: Point) -> vec2f {
    if flag(UV_MAP) {
        let mapped = map_value(uv_map, point.uv);
        var uv = vec2f(mapped.x, select(1.0 - mapped.y, mapped.y, flag(UV_DOWN)));
        if all(uv == vec2f(0.0)) {
            uv.y = 1e-30;  // twice 0 means that there is nothing
        }
        return select(point.uv, uv, mapped.a >= 0.5);
    }
    return point.uv;
}

// A point in the item's own space moved within the picture by a step of texture coordinates. It
// keeps its depth: what moves in a picture takes that along.
fn moved_in_picture(point: Point, step: vec2f) -> vec3f {
    if KIND == MESH {
        return point.at + point.at_u * step.x + point.at_v * step.y;
    }
    let on_plane = step * vec2f(item.size.x, -item.size.y);
    if KIND == PLANE {
        return point.at + vec3f(on_plane, 0.0);
    }
    let t = 1.0 - point.at.z / item.source_origin.z;
    return point.at + vec3f(on_plane * select(t, 1.0, flag(ALONG_NORMAL)), 0.0);
}

// Pixels to the right and up from where a point is seen now to where it is seen in the next or in
// the last frame; nothing where it is behind the camera there.
fn motion_of(point: Point, forward: bool) -> vec2f {
    var at = point.at;
    if flag(FORWARD_MAP) && forward {
        let mapped = map_value(forward_map, point.uv);
        at = moved_in_picture(point, select(vec2f(0.0), mapped.xy * motion.scale.xy, mapped.a >= 0.5));
    }
    if flag(BACKWARD_MAP) && !forward {
        let mapped = map_value(backward_map, point.uv);
        at = moved_in_picture(point, select(vec2f(0.0), mapped.xy * motion.scale.zw, mapped.a >= 0.5));
    }
    let here = clip_of(point.at);
    var there = motion.to_last * vec4f(at, 1.0);
    if forward {
        there = motion.to_next * vec4f(at, 1.0);
    }
    if there.w <= 1e-9 * abs(here.w) || here.w <= 0.0 {
        return vec2f(0.0);
    }
    return (there.xy / there.w - here.xy / here.w) * 0.5 * view.jitter.zw;
}
