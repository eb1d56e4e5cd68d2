using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>
/// Training questions about rollouts of bodies: what a picture of a visited state shows, and whether a goal is reached in it.
/// </summary>
/// <remarks>
/// Questions are those of the kinds <c>state</c> and <c>goal</c> of <see cref="SceneQuestions"/>, with exact answers of the simulator,
/// balanced over the states that were visited. Of long recordings a fixed number of states is kept, each equally likely. Not thread-safe.
/// </remarks>
/// <param name="info">Of the environment.</param>
/// <param name="seed">Equal seeds and episodes give equal questions.</param>
public sealed class RolloutQuestions(EnvironmentInfo info, ulong seed)
{
    /// <summary>The most states that are kept.</summary>
    public const int MostStates = 4096;

    private const int Attempts = 20, Sure = 9;

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<(float[] State, byte[] Png)> _kept = [];
    private long _seen;

    /// <summary>Takes the states of an episode.</summary>
    /// <param name="episode">With frames.</param>
    /// <exception cref="SpecMismatchException">It has none.</exception>
    public void Add(DemonstrationEpisode episode)
    {
        if (episode.Frames is not { } frames)
            throw new SpecMismatchException("episode that questions are made of", "one with frames", "one without");
        int length = info.State.Length;
        for (int step = 0; step < episode.Steps; step++)
        {
            long place = _seen;
            if (_seen++ >= MostStates) place = (long)(Rng.For(seed, "kept states", _seen).NextDouble() * _seen);
            if (place >= MostStates) continue;
            (float[] State, byte[] Png) row = (episode.States.AsSpan(step * length, length).ToArray(), frames[step]);
            if (place < _kept.Count) _kept[(int)place] = row;
            else _kept.Add(row);
        }
    }

    /// <summary>Writes questions as <see cref="QuestionFile"/> reads them, with their images as PNG in a folder beside.</summary>
    /// <param name="path">Of the file, which ends in <c>.jsonl</c>; its images are in the folder of its name.</param>
    /// <param name="count">How many at most; no question is asked twice of a state.</param>
    /// <returns>How many there are, by kind.</returns>
    /// <exception cref="SettingsException">Nothing can be asked about these states.</exception>
    /// <exception cref="EmbodiedException">The disk is full or refuses.</exception>
    public IReadOnlyDictionary<string, int> Write(string path, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        BodyStates states = BodyStates.Visited(info, [.. _kept.SelectMany(kept => kept.State)]);
        string[] kinds = [.. BodyKinds.Names.Where(kind => kind == "state" ? states.Choices.Count > 0 : states.Goals.Count > 0)];
        if (kinds.Length == 0)
            throw new SettingsException("--questions",
                [$"expected episodes of '{info.Name}' of which some states reach a goal or show a fact and some do not, found none such in "
                    + $"{_kept.Count} states; record more, or by another policy."]);
        string folder = Path.GetFileNameWithoutExtension(path), whole = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var lines = new StringBuilder();
        var asked = new HashSet<(string, int)>();
        var written = new HashSet<int>();
        var counts = kinds.ToDictionary(kind => kind, _ => 0, StringComparer.Ordinal);
        for (int attempt = 0; attempt < count * Attempts && asked.Count < count; attempt++)
        {
            string kind = kinds[asked.Count % kinds.Length];
            Rng rng = Rng.For(seed, "questions of rollouts", attempt);
            BodyDraft draft = BodyKinds.Draft(kind, states, ref rng);
            if (!asked.Add((draft.Question.Prompt, draft.Row))) continue;
            string image = string.Create(CultureInfo.InvariantCulture, $"{folder}/{draft.Row:000000}.png");
            if (written.Add(draft.Row))
            {
                Directory.CreateDirectory(Path.Combine(whole, folder));
                AtomicFile.Write(Path.Combine(whole, image), stream => stream.Write(_kept[draft.Row].Png), "choose another file");
            }

            counts[kind]++;
            lines.Append(Line(draft.Question, image)).Append('\n');
        }

        AtomicFile.WriteText(path, lines.ToString(), "choose another file");
        return counts;
    }

    private static string Line(Question question, string image) => JsonSerializer.Serialize(new
    {
        prompt = question.Prompt,
        answer = question.Reference,
        form = "option",
        images = new[] { image },
        kind = question.Kind,
        options = question.Options,
        difficulty = Math.Round(question.Difficulty, 4),
        worked = ReasonedText.Compose(question.WorkedAnswer!, question.Reference, Sure),
    }, Json);
}
