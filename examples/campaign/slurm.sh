#!/bin/sh
#SBATCH --job-name=wizfi-campaign
#SBATCH --array=0-99
#SBATCH --cpus-per-task=4
exec wizfi-emu campaign run lossy.yaml --seeds 0..999999 --shard auto --jobs "$SLURM_CPUS_PER_TASK" --out campaign
