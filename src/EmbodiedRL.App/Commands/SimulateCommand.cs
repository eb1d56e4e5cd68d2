using System.CommandLine;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Weights;
using EmbodiedRL.Simulation;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.App.Commands;

/// <summary><c>simulate</c>: any MJCF under given controls, for comparing with whoever else simulates it.</summary>
public sealed class SimulateCommand : ICommand
{
    /// <inheritdoc/>
    public Command Build(CommandServices services)
    {
        var file = new Argument<string>("model") { Description = "An MJCF or URDF file." };
        var controls = new Option<string>("--controls")
        {
            Description = "safetensors: ctrl [T, nu]; if wanted qpos0 [nq] and qvel0 [nv], else the model's own start.",
            Required = true
        };
        var into = new Option<string>("--out")
        {
            Description = "safetensors, float64: qpos [T, nq], qvel [T, nv], sensordata [T, nsensordata]; row t is after step t + 1.",
            Required = true
        };
        var command = new Command("simulate",
            "Run a model under controls from a file, one physics step a row. Controls are not clamped here; MuJoCo clamps those with a "
                + "range.\n\n"
            + "Example: ./embodied simulate humanoid.xml --controls controls.safetensors --out states.safetensors")
        {
            file, controls, into,
        };
        command.SetAction(parsed =>
        {
            (int steps,
                string library) = Simulate(parsed.GetRequiredValue(file), parsed.GetRequiredValue(controls),
                    parsed.GetRequiredValue(into), services.Error);
            services.Output.WriteLine($"{steps} steps of {parsed.GetRequiredValue(file)} by MuJoCo {library}, written to "
                + $"{parsed.GetRequiredValue(into)}.");
            return ExitCode.Done;
        });
        return command;
    }

    private static (int Steps, string Library) Simulate(string file, string controls, string into, TextWriter error)
    {
        InputFile.Require(controls, "The file of controls", "It should be a safetensors file that holds ctrl [T, nu].");
        Safetensors given = Safetensors.Read(controls);
        given.RequireFinite(controls, ["ctrl", "qpos0", "qvel0"]);
        using MujocoModel model = MujocoModel.Load(file);
        foreach (string warning in model.Warnings) error.WriteLine($"Warning: {file}: {warning}");

        StoredTensor ctrl = given["ctrl"];
        if (ctrl.Shape.Count != 2 || ctrl.Shape[1] != model.ControlCount)
            throw new SpecMismatchException($"ctrl in {controls}",
                $"[T, {model.ControlCount}] for {file}",
                $"[{string.Join(", ", ctrl.Shape)}]");
        int steps = checked((int)ctrl.Shape[0]);
        OpenLoop run = OpenLoop.Run(model, Doubles(ctrl), steps, Start(given, "qpos0"), Start(given, "qvel0"));
        Safetensors.Write(into,
        [
            Rows("qpos", steps, run.Positions), Rows("qvel", steps, run.Velocities), Rows("sensordata", steps, run.Sensors),
        ]);
        return (steps, Simulation.Native.MuJoCoLibrary.Version);
    }

    private static StoredTensor Rows(string name, int steps, double[] values) =>
        StoredTensor.Of<double>(name, [steps, steps == 0 ? 0 : values.Length / steps], values);

    private static double[] Start(Safetensors given, string name) =>
        given.Tensors.TryGetValue(name, out StoredTensor? tensor) ? Doubles(tensor) : [];

    private static double[] Doubles(StoredTensor tensor) =>
        tensor.Type == StoredType.F64 ? tensor.Values<double>().ToArray() : Array.ConvertAll(tensor.Floats(), value => (double)value);
}
