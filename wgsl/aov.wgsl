// Data outputs: one sample at the pixel's centre, never anti-aliased, where alpha is at least one
// half. Which data goes to which attachment is chosen when the pipeline is made.
// requires: draw

override OUT_0: u32 = 0u;
override OUT_1: u32 = 0u;
override OUT_2: u32 = 0u;
override OUT_3: u32 = 0u;
override OUT_4: u32 = 0u;
override OUT_5: u32 = 0u;

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

// The numbers are those of passes/aov.py.
fn datum(which: u32, point: Point) -> vec4f {
    switch which {
        case 0u: { return vec4f(planar_z(point.shown_at), 0.0, 0.0, 1.0); }
        case 1u: { return vec4f(point.shown_at, 1.0); }
        case 2u: { return vec4f(point.normal, 1.0); }
        case 3u: { return vec4f(point.uv, 0.0, 1.0); }
        case 4u: { return vec4f(f32(item.object_id), 0.0, 0.0, 1.0); }
        default: {
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
    return (flag(SOFT) && point.colour.a < 0.5) || clipped(point.drawn_at);
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
