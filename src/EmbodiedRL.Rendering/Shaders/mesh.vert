// Triangles, lit at their corners.

layout(location = 11) in vec3 corner;
layout(location = 12) in vec3 cornerNormal;
layout(location = 13) in vec2 cornerWrap;

#ifdef LIT
out vec3 lit;
#if LIGHTS > 0 && SHADES != 0
out vec3 shadedLit[LIGHTS];
#endif
#endif
out vec3 point;
out vec3 normal;
out vec3 coordinates;
out float away;

#if defined(LIT) && LIGHTS > 0
void cornerLight(int i, vec3 toward) {
    vec3 light = lightOf(i, cornerNormal, corner, toward, true);
#if SHADES != 0
    if ((SHADES >> i & 1) != 0) shadedLit[i] = min(light, 1.0);
    else
#endif
    lit += light;
}
#endif

void main() {
    mat3 local = toLocal();
    point = corner;
    normal = cornerNormal;
    vec3 ray = corner - local * (eye.xyz - place);
    vec3 p = (ray * local) * viewAxes();
    if (isSkipped()) {
        gl_Position = nowhere();
        return;
    }
    gl_Position = putPoint(p);
    away = p.z;
#ifdef CUBED
    coordinates = corner * shape.cube.xyz;
#else
    coordinates = vec3(shape.axis.w > 0.5 ? cornerWrap : corner.xy * shape.map.xy + shape.map.zw, 0.0);
#endif
    lightUp(local, paint());
#ifdef LIT
    vec3 toward = -ray * inversesqrt(dot(ray, ray));
    lit = even + headLight(cornerNormal, toward, true);
#if LIGHTS > 0
#define CORNER_LIGHT(i) cornerLight(i, toward);
    EACH_LIGHT(CORNER_LIGHT)
#endif
    lit = min(lit, 1.0);
#endif
}
