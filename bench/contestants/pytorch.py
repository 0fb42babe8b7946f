"""PyTorch on one thread: the native yardstick. Answers requests like the other contestants, see harness/serve.mjs."""

import array
import json
import os
import resource
import sys
import time

CHECKED_STEPS = 4
SAMPLE_MILLISECONDS = 0.5


def start():
    import torch

    torch.set_num_threads(1)
    return torch


def load():
    torch = start()
    from networks import networks

    F = torch.nn.functional

    def read(inputs):
        def tensor(shape, path):
            with open(path, "rb") as file:
                return torch.frombuffer(bytearray(file.read()), dtype=torch.float32).reshape(shape)

        return {name: tensor(**at) for name, at in inputs.items()}

    def call(f, arrange=lambda inputs: inputs, restore=lambda y: y):
        def make(inputs):
            args = list(arrange(read(inputs)).values())
            last = [None]

            def run():
                with torch.no_grad():
                    last[0] = f(*args)

            return run, lambda: restore(last[0])

        return make

    def training(loss, arrange=lambda inputs: inputs):
        def make(inputs):
            tensors = arrange(read(inputs))
            x, y = tensors.pop("x"), tensors.pop("y").argmax(1)
            params = {name: p.contiguous().requires_grad_() for name, p in tensors.items()}
            optimizer = torch.optim.Adam(params.values(), lr=1e-3)
            value = [None]

            def run():
                optimizer.zero_grad(set_to_none=True)
                value[0] = loss(params, x, y)
                value[0].backward()
                optimizer.step()

            def losses():
                def after():
                    run()
                    return value[0].item()

                return torch.tensor([after() for _ in range(CHECKED_STEPS)])

            return run, losses

        return make

    def gradients(loss, checked):
        def make(inputs):
            tensors = read(inputs)
            data = {name: tensors.pop(name) for name in ("x", "y") if name in tensors}
            params = {name: p.requires_grad_() for name, p in tensors.items()}
            last = [None, None]

            def run():
                last[0] = loss(params, **data)
                last[1] = torch.autograd.grad(last[0], list(params.values()))

            return run, lambda: checked(last[0], dict(zip(params, last[1])))

        return make

    def mlp_loss(p, x, y):
        hidden1 = torch.relu(torch.addmm(p["b1"], x, p["w1"]))
        hidden2 = torch.relu(torch.addmm(p["b2"], hidden1, p["w2"]))
        return F.cross_entropy(torch.addmm(p["b3"], hidden2, p["w3"]), y)

    def block(x, kernel, bias):
        return F.max_pool2d(torch.relu(F.conv2d(x, kernel, bias, padding=1)), 2)

    def cnn_loss(p, x, y):
        features = block(block(x, p["k1"], p["c1"]), p["k2"], p["c2"])
        return F.cross_entropy(torch.addmm(p["b"], features.flatten(1), p["w"]), y)

    def channels_first(x):
        return x.permute(0, 3, 1, 2).contiguous()

    def kernel_first(kernel):
        return kernel.permute(3, 2, 0, 1).contiguous()

    def arrange_cnn(t):
        w = t["w"].reshape(7, 7, 64, 10).permute(2, 0, 1, 3).reshape(-1, 10)
        kernels = {"k1": kernel_first(t["k1"]), "k2": kernel_first(t["k2"])}
        return {**t, **kernels, "w": w, "x": channels_first(t["x"])}

    def lstm(inputs):
        tensors = read(inputs)
        layer = torch.nn.LSTM(128, 128, batch_first=True)
        with torch.no_grad():
            layer.weight_ih_l0.copy_(tensors["inputKernel"].T)
            layer.weight_hh_l0.copy_(tensors["recurrentKernel"].T)
            layer.bias_ih_l0.copy_(tensors["bias"])
            layer.bias_hh_l0.zero_()
        last = [None, None]

        def run():
            last[0] = layer(tensors["x"])[1][0].square().mean()
            last[1] = torch.autograd.grad(last[0], list(layer.parameters()))

        return run, lambda: torch.cat([last[0].detach().reshape(1), last[1][1].T.flatten()])

    conv = call(
        lambda x, kernel: F.conv2d(x, kernel, padding=1),
        lambda t: {"x": channels_first(t["x"]), "kernel": kernel_first(t["kernel"])},
        lambda y: y.permute(0, 2, 3, 1),
    )
    matmul = call(torch.matmul)
    return {
        "matmul-128": matmul,
        "matmul-256": matmul,
        "matmul-512": matmul,
        "matmul-1024": matmul,
        "mlp": training(mlp_loss),
        "cnn": training(cnn_loss, arrange_cnn),
        "conv-1-32": conv,
        "conv-32-64": conv,
        "fused": call(lambda a, b, c: torch.relu(torch.addcmul(c, a, b))),
        "exp": call(torch.exp),
        "tanh": call(torch.tanh),
        "softmax": call(lambda x: torch.softmax(x, 1)),
        "lstm": lstm,
        "cholesky": call(torch.linalg.cholesky),
        "sort": call(lambda x: torch.sort(x).values),
        **networks(torch),
        "eager-add": call(torch.add),
        "mlp-gradient": gradients(mlp_loss, lambda _, g: g["w1"]),
    }


def time_runs(run, count):
    start = time.perf_counter()
    for _ in range(count):
        run()
    return (time.perf_counter() - start) * 1000


class Contestant:
    def __init__(self):
        self.rows = None
        self.run = None
        self.inner = 1

    def prepare(self, id, inputs, output=None):
        self.rows = self.rows or load()
        if id not in self.rows:
            return {"absent": True}
        self.run, result = self.rows[id](inputs)
        self.inner = 1
        first = time_runs(self.run, 1)
        if output is not None:
            with open(output, "wb") as file:
                array.array("f", result().detach().flatten().tolist()).tofile(file)
        return {"first": first}

    def time(self, milliseconds):
        samples = []
        end = time.perf_counter() + milliseconds / 1000
        while True:
            elapsed = time_runs(self.run, self.inner)
            samples.append(elapsed / self.inner)
            if elapsed < SAMPLE_MILLISECONDS:
                self.inner *= 2
            if time.perf_counter() >= end:
                return {"samples": samples}

    def repeat(self, count):
        time_runs(self.run, count)
        return {}

    def release(self):
        self.run = None
        return {}

    def peakBytes(self):
        return {"bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}

    def coldStart(self):
        begin = time.perf_counter()
        torch = start()
        x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
        x.square().sum().backward()
        x.grad.tolist()
        return {"milliseconds": (time.perf_counter() - begin) * 1000}


def main():
    contestant = Contestant()
    answers = os.fdopen(3, "w")
    for line in sys.stdin:
        message = json.loads(line)
        try:
            answer = getattr(contestant, message.pop("request"))(**message)
        except Exception as error:
            answer = {"error": (str(error) or type(error).__name__).splitlines()[0]}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
