using EmbodiedRL.Core;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary>One episode in a <see cref="TableWorld"/>.</summary>
internal sealed class TableEpisode
{
    /// <summary>Before each step, and after the last.</summary>
    public List<int> States { get; } = [];

    public List<int> Actions { get; } = [];

    public List<double> LogProbabilities { get; } = [];

    public int Length => Actions.Count;

    public int Final => States[^1];
}

/// <summary>A world of numbered states in which a softmax policy plays episodes.</summary>
/// <param name="observations">What the policy tells apart.</param>
/// <param name="actions">To choose from.</param>
/// <param name="horizon">Steps after which an episode is broken off.</param>
internal abstract class TableWorld(int observations, int actions, int horizon)
{
    public int Observations => observations;

    public int Actions => actions;

    public int Horizon => horizon;

    public abstract int Start(ref Rng rng);

    public abstract int Step(int state, int action, ref Rng rng);

    public abstract bool Ends(int state);

    /// <summary>What the policy sees of a state.</summary>
    public virtual int Observe(int state) => state;

    public TableEpisode[] Play(SoftmaxPolicy policy, int count, ref Rng rng)
    {
        var episodes = new TableEpisode[count];
        for (int i = 0; i < count; i++)
        {
            TableEpisode episode = episodes[i] = new();
            int state = Start(ref rng);
            episode.States.Add(state);
            while (episode.Length < horizon && !Ends(state))
            {
                double[] probabilities = policy.Probabilities(Observe(state));
                int action = SoftmaxPolicy.Draw(probabilities, ref rng);
                episode.Actions.Add(action);
                episode.LogProbabilities.Add(Math.Log(probabilities[action]));
                episode.States.Add(state = Step(state, action, ref rng));
            }
        }

        return episodes;
    }
}

/// <summary>Trains a softmax policy in a world: returns, a table of values as baseline, standardized advantages, minibatches.</summary>
/// <param name="world">Where it plays.</param>
/// <param name="policy">Trained in place.</param>
/// <param name="discount">Of returns.</param>
/// <param name="rate">Of Adam.</param>
internal sealed class TableTrainer(TableWorld world, SoftmaxPolicy policy, double discount, double rate)
{
    private const double Following = 0.3; // how fast values follow the returns

    private readonly double[] _values = new double[world.Observations];
    private readonly bool[] _isSeen = new bool[world.Observations];

    /// <summary>Times that each step is learned from.</summary>
    public int Epochs { get; init; } = 4;

    /// <summary>Steps of a gradient; 0 takes all.</summary>
    public int Minibatch { get; init; }

    /// <summary>Learns from episodes.</summary>
    /// <param name="episodes">Of this policy.</param>
    /// <param name="rewards">[episodes][steps].</param>
    /// <param name="rng">Of the order of minibatches.</param>
    public void Learn(TableEpisode[] episodes, double[][] rewards, ref Rng rng)
    {
        Choice[] choices = Choices(episodes, rewards);
        double deviation = Math.Sqrt(choices.Average(choice => choice.Advantage * choice.Advantage)) + 1e-8;
        for (int i = 0; i < choices.Length; i++) choices[i] = choices[i] with { Advantage = choices[i].Advantage / deviation };
        int[] order = [.. Enumerable.Range(0, choices.Length)];
        int size = Minibatch == 0 ? choices.Length : Minibatch;
        var part = new Choice[size];
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            rng.Shuffle(order);
            for (int start = 0; start < choices.Length; start += size)
            {
                int count = Math.Min(size, choices.Length - start);
                for (int i = 0; i < count; i++) part[i] = choices[order[start + i]];
                policy.Ascend(part.AsSpan(0, count), rate);
            }
        }
    }

    private Choice[] Choices(TableEpisode[] episodes, double[][] rewards)
    {
        var choices = new List<Choice>();
        double[] sums = new double[world.Observations], counts = new double[world.Observations];
        var returns = new List<double>();
        for (int n = 0; n < episodes.Length; n++)
        {
            double following = 0;
            for (int step = episodes[n].Length - 1; step >= 0; step--)
            {
                int seen = world.Observe(episodes[n].States[step]);
                following = rewards[n][step] + (discount * following);
                sums[seen] += following;
                counts[seen]++;
                returns.Add(following);
                choices.Add(new Choice(seen, episodes[n].Actions[step], 0, episodes[n].LogProbabilities[step]));
            }
        }

        for (int seen = 0; seen < sums.Length; seen++)
        {
            if (counts[seen] == 0 || _isSeen[seen]) continue;
            (_values[seen], _isSeen[seen]) = (sums[seen] / counts[seen], true);
        }

        Choice[] result = [.. choices.Select((choice, i) => choice with { Advantage = returns[i] - _values[choice.State] })];
        for (int seen = 0; seen < sums.Length; seen++)
            if (counts[seen] > 0) _values[seen] += Following * ((sums[seen] / counts[seen]) - _values[seen]);
        return result;
    }
}
