using EmbodiedRL.Core;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary>Makes the choices of one completion, and remembers them.</summary>
internal sealed class Pen
{
    private readonly IEnumerator<int>? _dictated;
    private readonly bool _isGreedy;
    private Rng _rng;

    private Pen(Rng rng, bool isGreedy, IEnumerable<int>? dictated) =>
        (_rng, _isGreedy, _dictated) = (rng, isGreedy, dictated?.GetEnumerator());

    /// <summary>In the order they were made.</summary>
    public List<Chosen> Choices { get; } = [];

    /// <summary>Draws by probability.</summary>
    public static Pen Drawing(Rng rng) => new(rng, isGreedy: false, null);

    /// <summary>Takes what is most probable.</summary>
    public static Pen Greedy() => new(default, isGreedy: true, null);

    /// <summary>Takes what a teacher chose.</summary>
    /// <param name="choices">Of its completion, in order.</param>
    public static Pen Dictated(IEnumerable<int> choices) => new(default, isGreedy: false, choices);

    /// <summary>An action for a vector of features.</summary>
    public int Choose(ChoiceHead head, params double[] features) => Pick(head, [features]);

    /// <summary>One of several candidates, each with its features; input * actions + action where the head has several actions.</summary>
    public int Pick(ChoiceHead head, double[][] candidates)
    {
        double[] probabilities = head.Probabilities(candidates);
        int action = _isGreedy ? Array.IndexOf(probabilities, probabilities.Max())
            : _dictated is null ? SoftmaxPolicy.Draw(probabilities, ref _rng)
            : _dictated.MoveNext() ? _dictated.Current
            : throw new InvalidOperationException("A teacher chose less often than the completion asks for.");
        Choices.Add(new Chosen(head, candidates, action, Math.Log(probabilities[action])));
        return action;
    }
}
