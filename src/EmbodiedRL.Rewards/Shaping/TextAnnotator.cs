using System.Text;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Shaping;

/// <summary>Writes the transition of a row as text, from the whole scene or what the agent sees of it.</summary>
/// <param name="batch">Lent for the time of the call.</param>
/// <param name="row">Which.</param>
public delegate string TransitionText(TrajectoryBatch batch, int row);

/// <summary>Asks a language model which subgoals a transition achieved.</summary>
/// <param name="transition">As text.</param>
/// <param name="subgoals">K of them.</param>
/// <param name="cancel">Stops the call.</param>
/// <returns>[K].</returns>
public delegate ValueTask<bool[]> TransitionQuestion(string transition, IReadOnlyList<string> subgoals, CancellationToken cancel);

/// <summary>
/// Text annotator: renders transitions as text and asks a language model, once for each text; what it answered is kept.
/// </summary>
/// <remarks>
/// Equal texts have equal answers for the rest of a run, also after it was resumed. Where scoring is frozen known answers serve and new
/// ones are not kept. An answer takes about 100 bytes and its text; when the memory is full, further answers are not kept.
/// </remarks>
/// <param name="subgoals">K of them.</param>
/// <param name="reads">What the text is made of.</param>
/// <param name="text">Writes a transition.</param>
/// <param name="ask">Asks the model.</param>
/// <param name="capacity">Answers kept at most.</param>
public sealed class TextAnnotator(
    IReadOnlyList<string> subgoals, BatchFields reads, TransitionText text, TransitionQuestion ask, int capacity = 100_000)
    : ITransitionAnnotator
{
    private readonly SortedDictionary<string, bool[]> _answers = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public IReadOnlyList<string> Subgoals => subgoals;

    /// <inheritdoc/>
    public BatchFields Reads => reads;

    /// <summary>How often the model was asked, since it was made.</summary>
    public long Questions { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="SpecMismatchException">The model answered for another number of subgoals.</exception>
    public async ValueTask AnnotateAsync(TrajectoryBatch batch, Memory<bool> achieved, ScoreContext context)
    {
        SpecMismatchException.ThrowIfLength("annotations", achieved.Length, batch.Rows * subgoals.Count);
        var fresh = new SortedDictionary<string, bool[]>(StringComparer.Ordinal);
        for (int row = 0; row < batch.Rows; row++)
        {
            string transition = text(batch, row);
            if (!_answers.TryGetValue(transition, out bool[]? answer) && !fresh.TryGetValue(transition, out answer))
            {
                context.Cancel.ThrowIfCancellationRequested();
                answer = await ask(transition, subgoals, context.Cancel);
                SpecMismatchException.ThrowIfLength($"answer about '{transition}'", answer.Length, subgoals.Count);
                Questions++;
                fresh.Add(transition, answer);
            }

            answer.CopyTo(achieved.Span[(row * subgoals.Count)..]);
        }

        if (context.Frozen) return;
        foreach ((string transition, bool[] answer) in fresh)
            if (_answers.Count < capacity) _answers.Add(transition, answer);
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        byte[][] texts = [.. _answers.Keys.Select(Encoding.UTF8.GetBytes)];
        into.Put<int>("lengths", [.. texts.Select(bytes => bytes.Length)]);
        into.Put<byte>("texts", [.. texts.SelectMany(bytes => bytes)]);
        into.Put<bool>("answers", [.. _answers.Values.SelectMany(answer => answer)]);
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        _answers.Clear();
        int[] lengths = from.GetAll<int>("lengths");
        byte[] texts = from.GetAll<byte>("texts");
        bool[] answers = from.GetAll<bool>("answers");
        SpecMismatchException.ThrowIfLength("texts of transitions", texts.Length, checked(lengths.Sum()));
        SpecMismatchException.ThrowIfLength("answers", answers.Length, checked(lengths.Length * subgoals.Count));
        int start = 0;
        for (int i = 0; i < lengths.Length; start += lengths[i++])
            _answers.Add(Encoding.UTF8.GetString(texts, start, lengths[i]), answers[(i * subgoals.Count)..((i + 1) * subgoals.Count)]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
