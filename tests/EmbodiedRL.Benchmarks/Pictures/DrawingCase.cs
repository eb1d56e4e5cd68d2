using EmbodiedRL.App.Reporting.Sections;
using EmbodiedRL.Rendering;

namespace EmbodiedRL.Benchmarks.Pictures;

/// <summary>What is drawn beside lit shapes.</summary>
internal enum Look
{
    /// <summary>Nothing: no shadows, no reflections, one sample a pixel.</summary>
    Plain,

    /// <summary>Shadows.</summary>
    Shadow,

    /// <summary>Whatever MuJoCo draws if nobody says otherwise: shadows, reflections, several samples a pixel.</summary>
    Full,
}

/// <summary>A row of <c>bench render</c>.</summary>
/// <param name="Model">By name, see <see cref="DrawnModel"/>.</param>
/// <param name="Size">Pixels a side.</param>
/// <param name="Look">What is drawn.</param>
internal readonly record struct DrawingCase(string Model, int Size, Look Look)
{
    /// <summary>The row's name.</summary>
    public string Name => $"{Model}/{Size}x{Size}/{Look.ToString().ToLowerInvariant()}";

    /// <summary>The same for our renderer.</summary>
    public RenderEffects Effects => Look switch
    {
        Look.Plain => RenderEffects.Plain,
        Look.Shadow => new RenderEffects { Shadows = true },
        _ => RenderEffects.Full,
    };
}
