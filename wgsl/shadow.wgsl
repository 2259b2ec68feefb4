// Depth from a light. Soft mattes cast where they are at least half there.
// requires: draw

@fragment fn shadow(in: Varying, @builtin(front_facing) front: bool) {
    let point = point_of(in, front);
    if point.colour.a < 0.5 {
        discard;
    }
}
