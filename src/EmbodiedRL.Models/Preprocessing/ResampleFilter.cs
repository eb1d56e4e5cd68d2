namespace EmbodiedRL.Models.Preprocessing;

/// <summary>Resampling filter: how neighboring pixels are weighed.</summary>
public enum ResampleFilter
{
    /// <summary>Bilinear: a triangle of radius 1.</summary>
    Bilinear,

    /// <summary>Bicubic: Keys' cubic of radius 2.</summary>
    Bicubic,

    /// <summary>Lanczos: a sinc windowed by a sinc three times as wide, of radius 3.</summary>
    Lanczos,
}

/// <summary>Order of the two passes of a separable resize: it shows, since each pass rounds to bytes.</summary>
public enum PassOrder
{
    /// <summary>Columns first, then rows: Pillow up to version 12, so what published models were trained on.</summary>
    HorizontalFirst,

    /// <summary>Rows first where that leaves less to do, by the rule of Pillow 13; columns first otherwise.</summary>
    PillowThirteen,
}
