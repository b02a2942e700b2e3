"""Holds the names in Kubernetes manifests against each other: Services and pods, Secrets and mounts.

Usage: check_kubernetes.py MANIFEST...     (needs PyYAML)
"""

import sys

import yaml


def main(paths):
    documents = [d for path in paths for d in yaml.safe_load_all(open(path)) if d]
    kinds = {(d["kind"], d["metadata"]["name"]): d for d in documents}
    faults = []
    secrets = {name: d["data"] for (kind, name), d in kinds.items() if kind == "Secret"}
    services = {name: d["spec"] for (kind, name), d in kinds.items() if kind == "Service"}
    jobs = {name: d["spec"] for (kind, name), d in kinds.items() if kind == "Job"}
    for name, service in services.items():
        if service["selector"].get("job-name") not in jobs:
            faults.append(f"Service {name} selects no Job")
    text = ""
    for name, job in jobs.items():
        pod = job["template"]["spec"]
        volumes = {v["name"]: v for v in pod["volumes"]}
        containers = {c["name"] for c in pod["containers"]}
        for rule in job["podFailurePolicy"]["rules"]:
            container = rule.get("onExitCodes", {}).get("containerName")
            if container and container not in containers:
                faults.append(f"Job {name}: no container {container}")
        for container in pod["containers"]:
            text += " ".join(container["command"] + container.get("args", [])) + " "
            for mount in container["volumeMounts"]:
                if mount["name"] not in volumes:
                    faults.append(f"Job {name}: no volume {mount['name']}")
        for volume in volumes.values():
            secret = volume.get("secret")
            if not secret:
                continue
            if secret["secretName"] not in secrets:
                faults.append(f"Job {name}: no Secret {secret['secretName']}")
                continue
            for item in secret["items"]:
                if item["key"] not in secrets[secret["secretName"]]:
                    faults.append(f"Job {name}: no key {item['key']} in the Secret")
            # tsq refuses secrets that others can read.
            if secret["defaultMode"] & 0o077:
                faults.append(f"Job {name}: others can read its keys")
    for name, service in services.items():
        ports = {p["port"] for p in service["ports"]}
        if f"tcp://{name}:5555" not in text or not {5555, 5556} <= ports:
            faults.append(f"Service {name}: workers do not connect to it")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


sys.exit(main(sys.argv[1:]))
