// Light on a point: Lambert plus a small GGX highlight, and each light's shadow map.
// requires: draw
// uniforms: Lights
@group(2) @binding(0) var<storage, read> lights: Lights;
@group(2) @binding(1) var shadow_maps: texture_depth_2d_array;
@group(2) @binding(2) var shadow_sampler: sampler_comparison;

const DIRECTIONAL = 0u;
const SPOT = 2u;
const GRAZING = 0.3;        // cosine
const GRAZING_FLAT = 0.01;  // of a surface that is flat indeed

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

// Weights of a box filter of half-width `radius` texels on two neighbouring texels, whose centres
// lie `d` and `d + 1` texels from the point: how much of each the box covers.
fn pair_weights(d: vec2f, radius: f32) -> mat2x2f {
    let reach = radius + 0.5;
    return mat2x2f(clamp(reach - abs(d), vec2f(0.0), vec2f(1.0)),
                   clamp(reach - abs(d + 1.0), vec2f(0.0), vec2f(1.0)));
}

// Share of the map around `at` (in texels) that is not nearer to the light than the plane through
// `depth` there, which changes by `slope` a texel: the exact mean over a square of half-width
// `radius`. A bilinear comparison reads two texels an axis at once, in any proportion (Sigg and
// Hadwiger, "Fast third-order texture filtering", GPU Gems 2): four taps up to a radius of 1.5
// texels, nine up to 2.5, and no steps between them.
fn filtered(at: vec2f, layer: u32, depth: f32, slope: vec2f, radius: f32) -> f32 {
    let size = vec2f(textureDimensions(shadow_maps));
    let pairs = i32(ceil(radius + 0.5));
    let first = floor(at - 0.5) - f32(pairs - 1) + 0.5;
    var sum = 0.0;
    for (var y = 0; y < pairs; y++) {
        for (var x = 0; x < pairs; x++) {
            let texel = first + 2.0 * vec2f(f32(x), f32(y));
            let w = pair_weights(texel - at, radius);
            let weight = w[0] + w[1];
            let tap = texel + w[1] / max(weight, vec2f(1e-6));
            let plane = max(depth + dot(slope, tap - at), 0.0);  // beyond infinity there is nothing
            sum += weight.x * weight.y
                * textureSampleCompareLevel(shadow_maps, shadow_sampler, tap / size, layer, plane);
        }
    }
    return sum / (4.0 * radius * radius);
}

// How depth changes with x and y, in normalised device coordinates, over the plane through a point
// (at `ndc`, with clip w) whose normal is `facet`: a plane stays a plane there.
fn depth_slope(world_to_clip: mat4x4f, ndc: vec3f, w: f32, facet: vec3f) -> vec2f {
    let across = normalize(cross(facet, select(vec3f(1.0, 0.0, 0.0), vec3f(0.0, 1.0, 0.0), abs(facet.x) > 0.7)));
    let first = world_to_clip * vec4f(across, 0.0);
    let second = world_to_clip * vec4f(cross(facet, across), 0.0);
    let a = (first.xyz - ndc * first.w) / w;
    let b = (second.xyz - ndc * second.w) / w;
    let area = a.x * b.y - a.y * b.x;
    let slope = vec2f(a.z * b.y - b.z * a.y, a.x * b.z - b.x * a.z) / area;
    return select(vec2f(0.0), slope, abs(area) > 1e-6 * (dot(a.xy, a.xy) + dot(b.xy, b.xy)));
}

// Share of the light that arrives at a point of a surface whose true normal is `facet`, 0..1.
fn visibility(index: u32, at: vec3f, facet: vec3f, to_light: vec3f) -> f32 {
    let shadow = lights.shadow[index];  // first layer (negative: none), bias, softness, texel size
    // (in scene units; for points and spots at a distance of one)
    if shadow.x < 0.0 {
        return 1.0;
    }
    var layer = u32(shadow.x);
    var texel = shadow.w;
    if lights.cone[index].w > 1.0 {  // six views around a point
        layer += cube_face(at - lights.position[index].xyz);
    }
    if u32(lights.position[index].w) != DIRECTIONAL {
        texel *= length(lights.position[index].xyz - at);
    }
    // The filter follows the surface's own plane, but not where light only grazes it: there a facet
    // of a mesh tells little of the slope around it. What is left, with the texels up to one away
    // that a tap stands for, a step along the normal takes care of, whatever the slope (Holbert,
    // "Saying goodbye to shadow acne", GDC 2011).
    let cosine = dot(facet, to_light);
    let sine = sqrt(max(0.0, 1.0 - cosine * cosine));
    let follow = min(1.0, abs(cosine) / select(GRAZING, GRAZING_FLAT, KIND == PLANE));
    let clear = 0.5 + (1.5 + 1.5 * shadow.z * (1.0 - follow)) * sine;
    let receiver = at + facet * texel * clear + to_light * shadow.y;
    let world_to_clip = lights.matrices[layer];
    let clip = world_to_clip * vec4f(receiver, 1.0);
    if clip.w <= 0.0 {
        return 1.0;
    }
    let ndc = clip.xyz / clip.w;
    if any(abs(ndc.xy) > vec2f(1.0)) || ndc.z > 1.0 || ndc.z < 0.0 {
        return 1.0;
    }
    // A soft light's map fills a part of its layer only.
    let side = f32(textureDimensions(shadow_maps).x) * lights.cone[index].z;
    let slope = depth_slope(world_to_clip, ndc, clip.w, facet) * follow;
    return filtered(vec2f(0.5 + 0.5 * ndc.x, 0.5 - 0.5 * ndc.y) * side, layer, ndc.z,
                    slope * vec2f(2.0, -2.0) / side, shadow.z);
}

// GGX with Smith-Schlick visibility and Schlick's Fresnel (Burley, "Physically based shading at
// Disney", 2012; Karis, "Real shading in Unreal Engine 4", 2013), times pi, as lights are scaled.
fn highlight(n: vec3f, l: vec3f, v: vec3f, roughness: f32, f0: f32) -> f32 {
    if !flag(GLOSSY) {
        return 0.0;
    }
    let h = normalize(l + v);
    let a = max(roughness * roughness, 1e-3);
    let nh = clamp(dot(n, h), 0.0, 1.0);  // rounding may carry it over 1, and powers to NaN
    let nl = max(dot(n, l), 0.0);
    let nv = max(dot(n, v), 1e-4);
    let d = a * a / pow(nh * nh * (a * a - 1.0) + 1.0, 2.0);
    let k = a * 0.5;
    let smith = 1.0 / ((nl * (1.0 - k) + k) * (nv * (1.0 - k) + k));
    let fresnel = f0 + (1.0 - f0) * pow(1.0 - clamp(dot(v, h), 0.0, 1.0), 5.0);
    return d * fresnel * smith * 0.25 * nl;
}

fn illuminate(point: Point) -> Illumination {
    var out: Illumination;
    out.diffuse = lights.ambient.rgb;
    out.unshadowed = lights.ambient.rgb;
    let at = point.shading_at;
    let v = normalize(view.eye.xyz - at);
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
        // The bumps of a flat surface may face a light that is behind it; it does not get there.
        let facing = dot(point.normal, l);
        if facing <= 0.0 || strength <= 0.0 || (KIND == PLANE && dot(point.facet, l) <= 0.0) {
            continue;
        }
        let arriving = lights.colour[i].rgb * strength;
        var seen = 1.0;
        if flag(RECEIVES_SHADOW) {
            seen = visibility(i, at, point.facet, l);
        }
        out.unshadowed += arriving * facing;
        out.diffuse += arriving * facing * seen;
        out.specular += arriving * seen * highlight(point.normal, l, v, item.material.x, item.material.y);
    }
    return out;
}
