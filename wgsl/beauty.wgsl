// The lit picture, and the outputs that are lit with it.
// requires: draw, lighting

override PHASE: u32 = 0u;
const BLENDED_PHASE = 1u;  // soft mattes, back to front, over what is there
const OPAQUE = 0.998;
const INVISIBLE = 0.0005;
const ALMOST_ONE = 0.99976;  // from here on half floats round to 1

// Which outputs stand at the attachments after the first: 0 albedo, 1 shadow, 2 averaged depth.
override OUT_1: u32 = 0u;
override OUT_2: u32 = 1u;
override OUT_3: u32 = 2u;

struct Lit {
    @location(0) beauty: vec4f,
    @location(1) second: vec4f,
    @location(2) third: vec4f,
    @location(3) fourth: vec4f,
};

struct LitAndDepth {
    @location(0) beauty: vec4f,
    @location(1) second: vec4f,
    @location(2) third: vec4f,
    @location(3) fourth: vec4f,
    @builtin(frag_depth) depth: f32,
};

fn dropped(point: Point) -> bool {
    let a = point.colour.a;
    let other_phase = select((a < OPAQUE), (a >= OPAQUE) || (a < INVISIBLE), PHASE == BLENDED_PHASE);
    return (flag(SOFT | PIERCED) && other_phase) || clipped(point.drawn_at);
}

fn chosen(which: u32, albedo: vec4f, shadow: vec4f, depth: vec4f) -> vec4f {
    switch which {
        case 0u: { return albedo; }
        case 1u: { return shadow; }
        default: { return depth; }
    }
}

// What is almost one is one. Adapters may cut numbers off on their way into half floats, and what a
// filter's weights leave of one would be 0.9995 in a matte.
fn settled(v: vec4f) -> vec4f {
    return select(v, vec4f(1.0), v > vec4f(ALMOST_ONE) & v < vec4f(1.0));
}

fn lit(point: Point) -> Lit {
    let a = point.colour.a;
    var beauty = point.colour;
    var shadow = vec4f(a);
    if flag(LIT) {
        let i = illuminate(point);
        beauty = vec4f(point.albedo.rgb * i.diffuse + a * i.specular, a);
        let share = select(vec3f(1.0), i.diffuse / max(i.unshadowed, vec3f(1e-6)), i.unshadowed > vec3f(1e-6));
        shadow = vec4f(share * a, a);
    }
    // As a share of far: half floats end at 65504, scenes in millimetres do not.
    let depth = vec4f(planar_z(point.shown_at) / view.clip.y * a, 0.0, 0.0, a);
    let albedo = settled(point.albedo);
    shadow = settled(shadow);
    return Lit(
        settled(beauty),
        chosen(OUT_1, albedo, shadow, depth),
        chosen(OUT_2, albedo, shadow, depth),
        chosen(OUT_3, albedo, shadow, depth),
    );
}

@fragment fn beauty(in: Varying, @builtin(front_facing) front: bool) -> Lit {
    let point = point_of(in, front);
    if dropped(point) {
        discard;
    }
    return lit(point);
}

// Depth alone of what is soft, before its colour: a hill's far side or a ball's back is not seen
// through its front.
@fragment fn beauty_depth(in: Varying, @builtin(front_facing) front: bool) {
    if dropped(point_of(in, front)) {
        discard;
    }
}

@fragment fn beauty_depth_replacing(in: Varying, @builtin(front_facing) front: bool) -> @builtin(frag_depth) f32 {
    let point = point_of(in, front);
    if dropped(point) {
        discard;
    }
    return buffer_depth(point.drawn_at);
}

// Fragment-depth replacement: the plane's fragment stands where its displaced point is.
@fragment fn beauty_replacing_depth(in: Varying, @builtin(front_facing) front: bool) -> LitAndDepth {
    let point = point_of(in, front);
    if dropped(point) {
        discard;
    }
    let l = lit(point);
    return LitAndDepth(l.beauty, l.second, l.third, l.fourth, buffer_depth(point.drawn_at));
}
