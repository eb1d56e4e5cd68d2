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
/// <param name="Environment">By name; its own camera looks.</param>
/// <param name="Size">Pixels a side.</param>
/// <param name="Look">What is drawn.</param>
internal readonly record struct DrawingCase(string Environment, int Size, Look Look)
{
    /// <summary>The row's name.</summary>
    public string Name => $"{Environment}/{Size}x{Size}/{Look.ToString().ToLowerInvariant()}";
}
