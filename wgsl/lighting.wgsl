// Light on a point: Lambert plus a small GGX highlight, and each light's shadow map.
// uniforms: Lights
@group(2) @binding(0) var<uniform> lights: Lights;
@group(2) @binding(1) var shadow_maps: texture_depth_2d_array;
@group(2) @binding(2) var shadow_sampler: sampler_comparison;

const DIRECTIONAL = 0u;
const POINT_LIGHT = 1u;
const SPOT = 2u;
const PI = 3.14159265;

struct Illumination {
    diffuse: vec3f,     // with shadow, for a white matte surface
    unshadowed: vec3f,  // the same without shadow
    specular: vec3f,
};

// A cube's face by the largest component; passes/shadow.py looks along them in this order.
fn cube_face(v: vec3f) -> u32 {
    let a = abs(v);
    if a.x >= a.y && a.x >= a.z {
        return select(0u, 1u, v.x < 0.0);
    }
    if a.y >= a.z {
        return select(2u, 3u, v.y < 0.0);
    }
    return select(4u, 5u, v.z < 0.0);
}

// Share of the light that arrives, 0..1.
fn visibility(index: u32, at: vec3f, normal: vec3f, to_light: vec3f) -> f32 {
    let shadow = lights.shadow[index];  // first layer (negative: none), bias, softness, texel size
    // (in scene units; for points and spots at a distance of one)
    if shadow.x < 0.0 {
        return 1.0;
    }
    var layer = u32(shadow.x);
    let kind = u32(lights.position[index].w);
    var texel = shadow.w;
    if kind == POINT_LIGHT {
        layer += cube_face(at - lights.position[index].xyz);
    }
    if kind != DIRECTIONAL {
        texel *= length(lights.position[index].xyz - at);
    }
    // Moving the receiver along its normal by a texel's slope hides the map's own stairs.
    let slope = sqrt(max(0.0, 1.0 - pow(dot(normal, to_light), 2.0)));
    let receiver = at + normal * texel * (0.5 + slope) + to_light * shadow.y;
    let clip = lights.matrices[layer] * vec4f(receiver, 1.0);
    if clip.w <= 0.0 {
        return 1.0;
    }
    let ndc = clip.xyz / clip.w;
    if any(abs(ndc.xy) > vec2f(1.0)) || ndc.z > 1.0 || ndc.z < 0.0 {
        return 1.0;
    }
    let uv = vec2f(ndc.x * 0.5 + 0.5, 0.5 - ndc.y * 0.5);
    let size = vec2f(textureDimensions(shadow_maps));
    let radius = i32(ceil(shadow.z));
    if radius == 0 {
        return textureSampleCompareLevel(shadow_maps, shadow_sampler, uv, layer, ndc.z);
    }
    var sum = 0.0;
    for (var y = -radius; y <= radius; y++) {
        for (var x = -radius; x <= radius; x++) {
            let offset = vec2f(f32(x), f32(y)) * shadow.z / f32(radius) / size;
            sum += textureSampleCompareLevel(shadow_maps, shadow_sampler, uv + offset, layer, ndc.z);
        }
    }
    let side = f32(2 * radius + 1);
    return sum / (side * side);
}

// GGX with Smith-Schlick visibility and Schlick's Fresnel (Burley, "Physically based shading at
// Disney", 2012; Karis, "Real shading in Unreal Engine 4", 2013), times pi, as lights are scaled.
fn highlight(n: vec3f, l: vec3f, v: vec3f, roughness: f32, f0: f32) -> f32 {
    if f0 <= 0.0 {
        return 0.0;
    }
    let h = normalize(l + v);
    let a = max(roughness * roughness, 1e-3);
    let nh = max(dot(n, h), 0.0);
    let nl = max(dot(n, l), 0.0);
    let nv = max(dot(n, v), 1e-4);
    let d = a * a / pow(nh * nh * (a * a - 1.0) + 1.0, 2.0);
    let k = a * 0.5;
    let smith = 1.0 / ((nl * (1.0 - k) + k) * (nv * (1.0 - k) + k));
    let fresnel = f0 + (1.0 - f0) * pow(1.0 - max(dot(v, h), 0.0), 5.0);
    return d * fresnel * smith * 0.25 * nl;
}

fn illuminate(at: vec3f, n: vec3f, eye: vec3f, roughness: f32, f0: f32, receives: bool) -> Illumination {
    var out: Illumination;
    out.diffuse = lights.ambient.rgb;
    out.unshadowed = lights.ambient.rgb;
    let v = normalize(eye - at);
    for (var i = 0u; i < u32(lights.ambient.w); i++) {
        let kind = u32(lights.position[i].w);
        var l = -lights.direction[i].xyz;
        var strength = 1.0;
        if kind != DIRECTIONAL {
            let to_light = lights.position[i].xyz - at;
            let square = max(dot(to_light, to_light), 1e-8);
            l = to_light * inverseSqrt(square);
            strength = 1.0 / square;
        }
        if kind == SPOT {
            let cosine = dot(-l, lights.direction[i].xyz);
            strength *= smoothstep(lights.cone[i].y, lights.cone[i].x, cosine);
        }
        let facing = dot(n, l);
        if facing <= 0.0 || strength <= 0.0 {
            continue;
        }
        let arriving = lights.colour[i].rgb * strength;
        var seen = 1.0;
        if receives {
            seen = visibility(i, at, n, l);
        }
        out.unshadowed += arriving * facing;
        out.diffuse += arriving * facing * seen;
        out.specular += arriving * seen * highlight(n, l, v, roughness, f0);
    }
    return out;
}
