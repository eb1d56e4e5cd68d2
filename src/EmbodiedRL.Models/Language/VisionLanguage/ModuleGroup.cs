using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language.VisionLanguage;

/// <summary>Modules under one name, as a checkpoint nests them. Owns them.</summary>
internal sealed class ModuleGroup : nn.Module
{
    public ModuleGroup(params (string Name, nn.Module Module)[] parts) : base(nameof(ModuleGroup))
    {
        foreach ((string name, nn.Module module) in parts) register_module(name, module);
    }
}
