// Data outputs: one sample at the pixel's centre, never anti-aliased, where alpha is at least one
// half. Which data goes to which attachment is chosen when the pipeline is made.
// requires: draw, tear_rule, data_maps

override OUT_0: u32 = 0u;
override OUT_1: u32 = 0u;
override OUT_2: u32 = 0u;
override OUT_3: u32 = 0u;
override OUT_4: u32 = 0u;
override OUT_5: u32 = 0u;
const ON_PIXEL = 0.004;  // of a cell

struct Data {
    @location(0) a: vec4f,
    @location(1) b: vec4f,
    @location(2) c: vec4f,
    @location(3) d: vec4f,
    @location(4) e: vec4f,
    @location(5) f: vec4f,
};

struct DataAndDepth {
    @location(0) a: vec4f,
    @location(1) b: vec4f,
    @location(2) c: vec4f,
    @location(3) d: vec4f,
    @location(4) e: vec4f,
    @location(5) f: vec4f,
    @builtin(frag_depth) depth: f32,
};

fn tear_z(p: vec2i) -> f32 {
    return lattice_z(clamp(p, vec2i(0), vec2i(item.lattice) - 1));
}

// Whether a step of depth lies on the way from p to end, along one axis.
fn stretched_way(p: vec2i, end: vec2i, axis: vec2i) -> bool {
    let threshold = item.material.w;
    for (var q = p; any(q < end); q += axis) {
        if tear_between(q, axis, threshold) || tear_ramp(q, axis, threshold).there
            || tear_ramp(q + axis, axis, threshold).there {
            return true;
        }
    }
    return false;
}

// 1 where what is seen is not in the picture: the background, or a sheet stretched over a step. On
// the pixels themselves nothing is.
fn stretch(uv: vec2f) -> f32 {
    if KIND == BACKGROUND {
        return 1.0;
    }
    if KIND != RELIEF && KIND != ADAPTIVE && KIND != FULL {
        return 0.0;
    }
    let step = i32(select(1u, item.grid.z, KIND == RELIEF));
    let last = vec2i(item.lattice) - 1;
    let at = clamp(uv * item.lattice - 0.5, vec2f(0.0), vec2f(last));
    let a = min(vec2i(at) / step * step, last);
    let b = min(a + step, last);
    let f = (at - vec2f(a)) / vec2f(max(b - a, vec2i(1)));
    let between = (f > vec2f(ON_PIXEL)) & (f < vec2f(1.0 - ON_PIXEL));
    let right = vec2i(b.x, a.y);
    let below = vec2i(a.x, b.y);
    let x = between.x && (stretched_way(a, right, vec2i(1, 0)) || stretched_way(below, b, vec2i(1, 0)));
    let y = between.y && (stretched_way(a, below, vec2i(0, 1)) || stretched_way(right, b, vec2i(0, 1)));
    return select(0.0, 1.0, x || y);
}

// The numbers are those of passes/aov.py.
fn datum(which: u32, point: Point) -> vec4f {
    switch which {
        case 0u: { return vec4f(planar_z(point.shown_at), 0.0, 0.0, 1.0); }
        case 1u: { return vec4f(position_of(point), 1.0); }
        case 2u: { return vec4f(point.normal, 1.0); }
        case 3u: { return vec4f(texture_place_of(point), 0.0, 1.0); }
        case 4u: { return vec4f(f32(item.object_id), 0.0, 0.0, 1.0); }
        case 6u: { return vec4f(stretch(point.uv), 0.0, 0.0, 1.0); }
        case 7u: { return vec4f(motion_of(point, true), 0.0, 1.0); }
        case 8u: { return vec4f(motion_of(point, false), 0.0, 1.0); }
        default: {
            if KIND == BACKGROUND {
                return vec4f(0.0, 0.0, 0.0, 1.0);
            }
            if !flag(HAS_Z) {
                return vec4f(1.0);
            }
            return vec4f(confidence(point.uv), 0.0, 0.0, 1.0);
        }
    }
}

fn data_of(p: Point) -> Data {
    return Data(datum(OUT_0, p), datum(OUT_1, p), datum(OUT_2, p), datum(OUT_3, p), datum(OUT_4, p), datum(OUT_5, p));
}

fn dropped(point: Point) -> bool {
    return (flag(SOFT | PIERCED) && point.colour.a < 0.5) || clipped(point.drawn_at);
}

@fragment fn aov(in: Varying, @builtin(front_facing) front: bool) -> Data {
    let point = point_of(in, front);
    if dropped(point) {
        discard;
    }
    return data_of(point);
}

@fragment fn aov_replacing_depth(in: Varying, @builtin(front_facing) front: bool) -> DataAndDepth {
    let point = point_of(in, front);
    if dropped(point) {
        discard;
    }
    let d = data_of(point);
    return DataAndDepth(d.a, d.b, d.c, d.d, d.e, d.f, buffer_depth(point.drawn_at));
}
