// What a fragment needs to know of its surface; worked out once for each geom, in its own axes. The masks have a bit for each light.

LINK flat vec3 origin;       // the eye
#ifdef LIT
LINK flat vec3 even;         // color under the light that is the same all over
LINK flat float opacity;
LINK flat vec3 head;         // color under the light at the camera, facing it
LINK flat vec3 headAt;       // unit, toward that light
LINK flat float shine;       // strength of highlights
#if LIGHTS > 0
#ifdef MANY_LIGHTS
// More than can be handed over: fragments work them out themselves from these.
LINK flat mat3 lightTurn;            // world vectors into local ones
LINK flat vec3 lightPlace;           // the geom's, meters
LINK flat vec3 lightPaint;
LINK flat int lightInstance;
#define LIGHT_LINK
#else
#define LIGHT_LINK LINK flat
#endif
LIGHT_LINK vec3 lightPosition[LIGHTS];       // unit, toward a directional light; where any other one is
LIGHT_LINK vec3 lightColor[LIGHTS];   // color under the light, facing it
#if SPOTS != 0
LIGHT_LINK vec4 lightAim[LIGHTS];      // unit, where it shines to; w: cosine of half its cone
#endif
#if GLOWS != 0
LIGHT_LINK vec3 lightGlow[LIGHTS];     // color it adds wherever it reaches
#endif
#if SHADES != 0
LIGHT_LINK vec3 shadeFrom[LIGHTS];    // the light's own axes: (point * axes + from)
LIGHT_LINK mat3 shadeAxes[LIGHTS];
LINK flat vec2 shadeTile;           // corner of the environment's tile in the shadow maps
#endif
#endif
#endif
#ifdef NORMALS
LINK flat mat3 turn;         // world vectors into local ones
#endif
#ifdef CLIPPED
LINK flat vec4 clip;         // a plane: what lies below is not drawn
#endif
