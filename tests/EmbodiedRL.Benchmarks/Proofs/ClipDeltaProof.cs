using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Rewards.Transforms;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench S26</c>: process rewards that cannot be farmed.</summary>
/// <remarks>
/// arXiv 2410.15115. A softmax policy writes four digits and may write fillers, which a process reward scores as high as a right digit. The
/// policy begins right in every second step and wrong in most answers. Where it begins wrong in nearly all of them, clipped scores teach it
/// to answer at once: no score is above 0, and an answer has none.
/// </remarks>
internal sealed class ClipDeltaProof() : Proof("S26", "clip and delta: process scores help, and writing on without end earns nothing.",
    "Figure: accuracy after training on success and clipped, differenced process scores, mean of 5 seeds. Reference: the same with the "
    + "process scores as they are. It holds if in every seed the figure is higher by 0.2 and answers are as long as with success alone but "
    + "for 10%, if accuracy is not below that of success alone in the mean, and if what is paid from any step on is that step's score.")
{
    private const int Seeds = 5, Updates = 60, Episodes = 64, Judged = 2000;
    private const float Share = 0.5f; // of process scores in the reward
    private const double Rate = 0.03, LengthTolerance = 0.1, Margin = 0.2;

    private enum Arm
    {
        Success,
        Raw,
        ClipDelta
    }

    protected override BenchRow Prove(ulong firstSeed, CancellationToken cancel)
    {
        var arms = Enum.GetValues<Arm>().ToDictionary(arm => arm, arm => ForSeeds(firstSeed, Seeds, seed => Train(arm, seed), cancel));
        double Accuracy(Arm arm) => arms[arm].Average(one => one.Accuracy);
        double leastGain = Enumerable.Range(0, Seeds).Min(i => arms[Arm.ClipDelta][i].Accuracy - arms[Arm.Raw][i].Accuracy);
        double longest = Enumerable.Range(0, Seeds)
            .Max(i => Math.Abs((arms[Arm.ClipDelta][i].Length / arms[Arm.Success][i].Length) - 1));
        double error = TelescopingError(firstSeed);
        bool holds = leastGain >= Margin && longest <= LengthTolerance && Accuracy(Arm.ClipDelta) >= Accuracy(Arm.Success)
            && error < 1e-6;
        return Row(Accuracy(Arm.ClipDelta), "accuracy", "success and process scores as they are", Accuracy(Arm.Raw), holds,
            ("successAlone", Accuracy(Arm.Success)),
            ("leastGain", leastGain),
            ("length", arms[Arm.ClipDelta].Average(one => one.Length)),
            ("lengthSuccessAlone", arms[Arm.Success].Average(one => one.Length)),
            ("lengthRaw", arms[Arm.Raw].Average(one => one.Length)),
            ("greatestLengthDifference", longest),
            ("telescopingError", error));
    }

    private static (double Accuracy, double Length) Train(Arm arm, ulong seed)
    {
        var world = new Writing();
        var rng = Rng.For(seed, "S26");
        SoftmaxPolicy policy = world.Beginner();
        var trainer = new TableTrainer(world, policy, discount: 1, Rate);
        var transform = new ClipDelta(new ClipDeltaOptions());
        for (int update = 0; update < Updates; update++)
        {
            TableEpisode[] episodes = world.Play(policy, Episodes, ref rng);
            var batch = new EpisodeBatch(episodes);
            float[] scores = batch.Scores((n, step) => Writing.Score(episodes[n], step));
            if (arm == Arm.ClipDelta) transform.Apply(batch, scores, EpisodeBatch.Context(update));
            double[][] rewards = batch.Split(scores);
            for (int n = 0; n < rewards.Length; n++)
                for (int step = 0; step < rewards[n].Length; step++)
                    rewards[n][step] = (arm == Arm.Success ? 0 : Share * rewards[n][step])
                        + (step == rewards[n].Length - 1 && Writing.IsRight(episodes[n].Final) ? 1 : 0);
            trainer.Learn(episodes, rewards, ref rng);
        }

        TableEpisode[] judged = world.Play(policy, Judged, ref rng);
        return (judged.Average(episode => Writing.IsRight(episode.Final) ? 1.0 : 0), judged.Average(episode => (double)episode.Length));
    }

    /// <summary>By how much the sum from any step on differs from that step's clipped score.</summary>
    private static double TelescopingError(ulong seed)
    {
        var world = new Writing();
        var rng = Rng.For(seed, "S26-telescoping");
        TableEpisode[] episodes = world.Play(world.Beginner(), 200, ref rng);
        var batch = new EpisodeBatch(episodes);
        float[] scores = new float[batch.Rows];
        for (int row = 0; row < scores.Length; row++) scores[row] = (float)rng.NextDouble();
        double[][] before = batch.Split(scores);
        new ClipDelta(new ClipDeltaOptions()).Apply(batch, scores, EpisodeBatch.Context(0));
        double[][] after = batch.Split(scores);
        double worst = 0;
        for (int n = 0; n < after.Length; n++)
            for (int step = 0; step < after[n].Length - 1; step++)
                worst = Math.Max(worst,
                    Math.Abs(after[n].Skip(step).Sum() - Math.Min(before[n][step] - new ClipDeltaOptions().Threshold, 0)));
        return worst;
    }

    /// <summary>Four problems of four digits each. A state is the problem, the digits written, and whether one was wrong.</summary>
    private sealed class Writing() : TableWorld(Problems * (Digits + 1), Symbols + 2, horizon: 24)
    {
        private const int Problems = 4, Digits = 4, Symbols = 3, Filler = Symbols, Answer = Symbols + 1;
        private const int Inner = Problems * (Digits + 1) * 2, Right = Inner, Wrong = Inner + 1;
        private const double Good = 0.9, Bad = 0.1;

        public static bool IsRight(int state) => state == Right;

        public override int Start(ref Rng rng) => State(rng.Below(Problems), 0, isWrong: false);

        public override int Step(int state, int action, ref Rng rng)
        {
            (int problem, int written, bool isWrong) = Parts(state);
            if (action == Filler) return state;
            if (action == Answer) return written == Digits && !isWrong ? Right : Wrong;
            return State(problem, Math.Min(written + 1, Digits), isWrong || written == Digits || action != Truth(problem, written));
        }

        public override bool Ends(int state) => state >= Inner;

        public override int Observe(int state) => state / 2;

        /// <summary>What a process reward says of a step: fillers are harmless, so they are as good as right digits.</summary>
        public static double Score(TableEpisode episode, int step)
        {
            (int problem, int written, bool isWrong) = Parts(episode.States[step]);
            int action = episode.Actions[step];
            if (action == Answer) return IsRight(episode.States[step + 1]) ? Good : Bad;
            return action == Filler || (written < Digits && action == Truth(problem, written) && !isWrong) ? Good : Bad;
        }

        /// <summary>Right in about every second step.</summary>
        public SoftmaxPolicy Beginner() => new(Observations, Actions, (seen, action) =>
        {
            (int problem, int written, _) = Parts(seen * 2);
            return action == (written == Digits ? Answer : Truth(problem, written)) ? 1.5 : 0;
        });

        private static int Truth(int problem, int place) => ((problem * 2) + (place * place) + place + 1) % Symbols;

        private static int State(int problem, int written, bool isWrong) => (((problem * (Digits + 1)) + written) * 2) + (isWrong ? 1 : 0);

        private static (int Problem, int Written, bool IsWrong) Parts(int state) =>
            (state / 2 / (Digits + 1), state / 2 % (Digits + 1), state % 2 == 1);
    }
}
