namespace EmbodiedRL.Models.Hub;

/// <summary>Progress of a pull.</summary>
/// <param name="File">The file that is being transferred.</param>
/// <param name="Index">Which one it is, from 1.</param>
/// <param name="Count">Files of the model.</param>
/// <param name="Done">Bytes of the model that are here, those of earlier attempts included.</param>
/// <param name="Total">Bytes of the model, as far as the hub says.</param>
/// <param name="BytesPerSecond">Over the last seconds.</param>
/// <param name="Remaining">Time to go at that speed; null while it is not known.</param>
public readonly record struct PullProgress(
    string File, int Index, int Count, long Done, long Total, double BytesPerSecond, TimeSpan? Remaining);
