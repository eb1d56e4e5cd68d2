// A line of some pixels' width that no light falls on, from the geom's place along its z axis, which is as long as the line.

out flat vec4 color;
#ifdef FOGGY
out float away;              // meters along the viewing axis
#endif
#ifdef CLIPPED
out float above;             // meters above the mirror
uniform int clipStride;
layout(std430, binding = 3) readonly buffer Clips { vec4 clips[]; };
#endif

void main() {
    vec3 along = vec3(rowX.z, rowY.z, rowZ.z);
    mat3 axes = viewAxes();
    vec3 a = (place - eye.xyz) * axes, b = (place + along - eye.xyz) * axes;
    float nearest = range.x * 1.001;
    if (isSkipped() || dot(along, along) <= 0.0 || max(a.z, b.z) <= nearest) {
        gl_Position = nowhere();
        return;
    }
    // What lies behind the eye has no place in the picture.
    if (a.z < nearest) a = mix(a, b, (nearest - a.z) / (b.z - a.z));
    if (b.z < nearest) b = mix(b, a, (nearest - b.z) / (a.z - b.z));
    // Lines that are rather level are thick upwards, others sideways, as OpenGL has it.
    vec2 way = abs(picture(b) / b.z - picture(a) / a.z);
    vec2 side = way.x > way.y ? vec2(0.0, 1.0) : vec2(1.0, 0.0);
    side *= ((gl_VertexID & 1) == 0 ? -1.0 : 1.0) * shape.size.x * float(PIXELS) / float(tiles.x);
    vec3 p = gl_VertexID < 2 ? a : b;
    float depth = (p.z * range.z - 1.0) * range.w;
    gl_Position = put(picture(p) + side * p.z, 2.0 * depth - p.z, p.z);
    color = paint();
#ifdef FOGGY
    away = p.z;
#endif
#ifdef CLIPPED
    vec4 plane = clips[gl_InstanceID * clipStride];
    vec3 world = axes * p + eye.xyz;
    above = dot(plane.xyz, world) + plane.w;
#endif
}
