using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Simulation;
using EmbodiedRL.Simulation.Mjcf;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Randomizing;
using EmbodiedRL.Simulation.Tasks;
using EmbodiedRL.Simulation.Wrappers;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Composition;

/// <summary>
/// Makes the environments that settings describe: a body by name or by file, what is drawn of it, and the wrappers around it.
/// </summary>
/// <remarks>
/// All environments of one factory share their normalizers' statistics: those that learn change them, those that are judged read them.
/// So whatever is made of a run, to train, judge, film or describe, comes from one factory. Not thread-safe.
/// </remarks>
/// <param name="settings">Checked.</param>
/// <param name="folder">That the model's path is relative to.</param>
/// <param name="services">Environments by name.</param>
public sealed class EnvironmentFactory(EnvironmentSettings settings, string folder, RunServices services)
{
    private readonly Dictionary<int, RunningMoments> _moments = [];
    private readonly Formulas _formulas = new();

    /// <summary>The environments of a name as they are, with nothing around them.</summary>
    public static EnvironmentFactory Plain(string name, RunServices services) => new(new EnvironmentSettings { Name = name }, "", services);

    /// <summary>Makes N environments.</summary>
    /// <param name="count">N.</param>
    /// <param name="workers">Threads that step them; 0 takes all cores. Never changes a result.</param>
    /// <param name="use">What for.</param>
    /// <returns>The caller disposes them.</returns>
    /// <exception cref="EmbodiedException">Something that the settings name is not there or does not
    /// fit; says what and what to do.</exception>
    public IVectorEnvironment Create(int count, int workers, EnvironmentUse use)
    {
        IVectorEnvironment environment = Body(count, workers, use);
        try
        {
            for (int i = 0; i < settings.Wrappers.Length; i++)
            {
                WrapperSettings wrapper = settings.Wrappers[i];
                environment = services.Wrappers.Create(wrapper.Name, wrapper.Options,
                    new WrapperContext(environment, i, use, settings.Render.Camera, MomentsOf));
            }

            return environment;
        }
        catch
        {
            environment.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Makes the environments that a run trains in: as <see cref="Create"/> does, their first episodes cut at
    /// different lengths where the settings say so.
    /// </summary>
    /// <remarks>Only there: whoever judges, films or checks environments asks for whole episodes.</remarks>
    public IVectorEnvironment CreateTraining(int count, int workers)
    {
        IVectorEnvironment environment = Create(count, workers, EnvironmentUse.Training);
        return settings.Stagger && environment is IMaskedStepping { SupportsMasking: true }
            ? new StaggeredStarts(environment)
            : environment;
    }

    private IVectorEnvironment Body(int count, int workers, EnvironmentUse use)
    {
        Randomization? randomization = RandomizationFor(use);
        if (settings.Mjcf is { } mjcf)
        {
            return Make(Path.Combine(folder, mjcf.File), model =>
            {
                MjcfPlan plan = MjcfPlan.Of(model, settings.Name, mjcf, _formulas.Compile);
                return new VectorEnvironment(model, _ => new MjcfTask(plan), count, workers, randomization);
            });
        }

        if (settings.Randomize is null) return services.Environment(settings.Name, count, workers, settings.Options);
        EnvironmentParts parts = services.Parts.GetValueOrDefault(settings.Name)
            ?? throw new SettingsException("settings",
                [$"env:randomize: expected an environment whose model can be changed, found '{settings.Name}'."]);
        return Make(parts.Scene, model => new VectorEnvironment(model, parts.CreateTask, count, workers, randomization));
    }

    private Randomization? RandomizationFor(EnvironmentUse use)
    {
        if (settings.Randomize is not { } randomize) return null;
        DrawSplit split = use == EnvironmentUse.Training ? DrawSplit.Training : randomize.Evaluate;
        return split == DrawSplit.None ? null : new Randomization(randomize, split);
    }

    private static VectorEnvironment Make(string file, Func<MujocoModel, VectorEnvironment> make)
    {
        MujocoModel model = MujocoModel.Load(file);
        try
        {
            return make(model);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private RunningMoments MomentsOf(int position, int columns)
    {
        if (!_moments.TryGetValue(position, out RunningMoments? moments)) moments = _moments[position] = new RunningMoments(columns);
        return moments;
    }
}
