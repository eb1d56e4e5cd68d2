namespace EmbodiedRL.Simulation.Physics;

/// <content>What sensors say; as MuJoCo has it, of the state at the beginning of the last step.</content>
public sealed unsafe partial class PhysicsView
{
    private readonly double* _sensorData;
    private readonly int _sensorCount;

    /// <summary>sensordata [nsensordata], all sensors one after another.</summary>
    public ReadOnlySpan<double> SensorData => new(_sensorData, _sensorCount);

    /// <summary>A sensor's values, [its dimension], in its own unit.</summary>
    public ReadOnlySpan<double> Sensor(SensorId sensor) => new(_sensorData + sensor.Address, sensor.Dimension);

    /// <summary>The values of the sensor of a name; the lookup costs more than an id does.</summary>
    /// <exception cref="Core.UnknownNameException">There is none; offers the nearest.</exception>
    public ReadOnlySpan<double> Sensor(string name) => Sensor(Model.Sensor(name));

    /// <summary>How often MuJoCo has warned of something since the last reset.</summary>
    /// <param name="constant">E.g. <c>mjWARN_CONTACTFULL</c>: contacts were left out for want of room.</param>
    /// <exception cref="Core.UnknownNameException">There is no such warning; offers the nearest.</exception>
    public int Warnings(string constant) => *(int*)(_data + _warningOffset + (MujocoModel.Table.Constant(constant) * _warningSize));
}
