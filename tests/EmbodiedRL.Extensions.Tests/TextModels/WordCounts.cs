using EmbodiedRL.Rewards.Sources;

namespace EmbodiedRL.Extensions.Tests.TextModels;

/// <summary>A language model of counted words: a word is likelier the oftener the text before it has it.</summary>
internal sealed class WordCounts : ILikelihoodModel, IDisposable
{
    public string Name => "word-counts";

    public bool IsDisposed { get; private set; }

    public ValueTask<IReadOnlyList<float[]>> LogProbabilitiesAsync(IReadOnlyList<Continuation> continuations, CancellationToken cancel) =>
        ValueTask.FromResult<IReadOnlyList<float[]>>([.. continuations.Select(asked =>
        {
            string[] before = Words(asked.Context);
            float Likelihood(string word) => (before.Count(known => known == word) + 1f) / (before.Length + 1000);
            return Words(asked.Text).Select(word => MathF.Log(Likelihood(word))).ToArray();
        })]);

    public void Dispose() => IsDisposed = true;

    private static string[] Words(string text) =>
        text.ToLowerInvariant().Split([' ', '\n', '.', ',', '!', ':'], StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>A listener that believes the choice that it hears oftenest.</summary>
internal sealed class LastWord : IChoiceScorer
{
    public string Name => "last-word";

    public ValueTask<float[]> ScoreAsync(IReadOnlyList<ChoiceQuestion> questions, IReadOnlyList<string> choices,
        CancellationToken cancel) =>
        ValueTask.FromResult<float[]>([.. questions.SelectMany(question =>
            choices.Select(choice => (float)question.Text.Split(' ').Count(word => word == choice)))]);
}
