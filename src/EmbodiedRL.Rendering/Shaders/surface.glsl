// The light on a surface. The flat parts are worked out once for each geom, in its own axes.

LINK flat vec3 ambient;      // colour under the light from everywhere, emission included
LINK flat vec3 diffuse;      // colour under the light, facing it
LINK flat vec3 head;         // colour under the light at the camera, facing it
LINK flat vec4 highlight;    // colour of highlights; w: exponent
LINK flat vec3 light;        // local, unit, towards the light
LINK flat float opacity;
